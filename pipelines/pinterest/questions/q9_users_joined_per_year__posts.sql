-- Users joined in each year from 2015 to 2020, counted as distinct keys, that is posts.
select year(date_joined) as post_year, count(distinct ind) as number_users_joined
from users
where year(date_joined) between 2015 and 2020
group by year(date_joined)
order by post_year
