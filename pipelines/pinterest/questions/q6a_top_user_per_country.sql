-- The poster with the most followers in each country; among equals the alphabetically first.
with ranked as (
    select geo.country, pin.poster_name, pin.follower_count,
           row_number() over (partition by geo.country
                              order by pin.follower_count desc, pin.poster_name asc nulls last) as place
    from pin join geo on pin.ind = geo.ind
    where geo.country is not null and pin.follower_count is not null
)
select country, poster_name, follower_count
from ranked
where place = 1
order by country
