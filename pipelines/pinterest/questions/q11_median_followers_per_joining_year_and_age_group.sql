-- The median follower count by joining year (2015 to 2020) and age group.
with grouped as (
    select pin.follower_count,
           year(users.date_joined) as post_year,
           case when users.age between 18 and 24 then '18-24'
                when users.age between 25 and 35 then '25-35'
                when users.age between 36 and 50 then '36-50'
                when users.age > 50 then '50+' end as age_group
    from pin join users on pin.ind = users.ind
)
select age_group, post_year,
       percentile_disc(0.5) within group (order by follower_count) as median_follower_count
from grouped
where age_group is not null and post_year between 2015 and 2020
group by age_group, post_year
order by age_group, post_year
