-- The median follower count of the posts of users who joined in each year from 2015 to 2020.
select year(users.date_joined) as post_year,
       percentile_disc(0.5) within group (order by pin.follower_count) as median_follower_count
from pin join users on pin.ind = users.ind
where year(users.date_joined) between 2015 and 2020
group by year(users.date_joined)
order by post_year
