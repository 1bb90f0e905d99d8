-- The most popular category in each age group.
with grouped as (
    select pin.category,
           case when users.age between 18 and 24 then '18-24'
                when users.age between 25 and 35 then '25-35'
                when users.age between 36 and 50 then '36-50'
                when users.age > 50 then '50+' end as age_group
    from pin join users on pin.ind = users.ind
), counted as (
    select age_group, category, count(*) as category_count
    from grouped
    where age_group is not null
    group by age_group, category
), ranked as (
    select age_group, category, category_count,
           row_number() over (partition by age_group
                              order by category_count desc, category asc nulls last) as place
    from counted
)
select age_group, category, category_count
from ranked
where place = 1
order by age_group
