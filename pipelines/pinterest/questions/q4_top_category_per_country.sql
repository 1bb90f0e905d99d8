-- The most popular category in each country. "Top" takes one row: the highest count, and among equal
-- counts the alphabetically first category.
with counted as (
    select geo.country, pin.category, count(*) as category_count
    from pin join geo on pin.ind = geo.ind
    where geo.country is not null
    group by geo.country, pin.category
), ranked as (
    select country, category, category_count,
           row_number() over (partition by country
                              order by category_count desc, category asc nulls last) as place
    from counted
)
select country, category, category_count
from ranked
where place = 1
order by country
