-- Who posted a pin -> a row of the table `user`. The house rules are told in pin.sql.
select
    ind,
    -- concat_ws skips what is null: a missing first or last name leaves no stray blank.
    nullif(concat_ws(' ', nullif(first_name, ''), nullif(last_name, '')), '') as user_name,
    age,
    -- The same rule as geo.sql's timestamp.
    case when regexp_extract(date_joined, '^([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}:[0-9]{2}:[0-9]{2})[ T]([01][0-9]|2[0-3])(:[0-5][0-9]){2}([.][0-9]{1,6})?(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9]|[+-]18:00)?', 0) = date_joined
         then try_cast(substr(date_joined, 1, 4) || '-' || substr(date_joined, 6, 2) || '-' ||
                       substr(date_joined, 9) as timestamp_ltz) end as date_joined
from raw
