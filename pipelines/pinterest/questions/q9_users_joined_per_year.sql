-- How many users joined in each year from 2015 to 2020. A user is a distinct (user_name, age,
-- date_joined): the data has no user id, and a user's row comes once for each pin. The q9 variants
-- beside this file count otherwise, so that a different figure can be explained.
select year(date_joined) as post_year, count(*) as number_users_joined
from (select distinct user_name, age, date_joined from users) as distinct_users
where year(date_joined) between 2015 and 2020
group by year(date_joined)
order by post_year
