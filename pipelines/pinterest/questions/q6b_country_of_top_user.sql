-- The country of the poster with the most followers of all; among equals the alphabetically first.
with ranked as (
    select geo.country, pin.follower_count,
           row_number() over (order by pin.follower_count desc, geo.country asc) as place
    from pin join geo on pin.ind = geo.ind
    where geo.country is not null and pin.follower_count is not null
)
select country, follower_count
from ranked
where place = 1
