-- The median follower count in each age group: the exact lower median, nulls ignored.
with grouped as (
    select pin.follower_count,
           case when users.age between 18 and 24 then '18-24'
                when users.age between 25 and 35 then '25-35'
                when users.age between 36 and 50 then '36-50'
                when users.age > 50 then '50+' end as age_group
    from pin join users on pin.ind = users.ind
)
select age_group,
       percentile_disc(0.5) within group (order by follower_count) as median_follower_count
from grouped
where age_group is not null
group by age_group
order by age_group
