-- The most popular category in each year from 2018 to 2022.
with counted as (
    select year(geo.timestamp) as post_year, pin.category, count(*) as category_count
    from pin join geo on pin.ind = geo.ind
    where year(geo.timestamp) between 2018 and 2022
    group by year(geo.timestamp), pin.category
), ranked as (
    select post_year, category, category_count,
           row_number() over (partition by post_year
                              order by category_count desc, category asc nulls last) as place
    from counted
)
select post_year, category, category_count
from ranked
where place = 1
order by post_year
