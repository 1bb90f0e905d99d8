-- How many posts each category had in each year from 2018 to 2022 (years by UTC).
select year(geo.timestamp) as post_year, pin.category, count(*) as category_count
from pin join geo on pin.ind = geo.ind
where year(geo.timestamp) between 2018 and 2022 and pin.category is not null
group by year(geo.timestamp), pin.category
order by post_year, category_count desc, category
