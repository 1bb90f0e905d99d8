-- Where and when a pin was posted -> a row of the table `geo`. The house rules are told in pin.sql.
select
    ind,
    case when country <> '' then country end as country,
    list_value(latitude, longitude) as coordinates,
    -- 'YYYY-MM-DD' or 'YYYY:MM:DD', a blank or a T, the time, perhaps a fraction of a second, perhaps
    -- Z or an offset. The pattern guards the cast: about everything else (24:00:00, zone names,
    -- '2019', 'now') the engines disagree. What has the form but is no date (30 February) is null.
    case when regexp_extract(timestamp, '^([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}:[0-9]{2}:[0-9]{2})[ T]([01][0-9]|2[0-3])(:[0-5][0-9]){2}([.][0-9]{1,6})?(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9]|[+-]18:00)?', 0) = timestamp
         then try_cast(substr(timestamp, 1, 4) || '-' || substr(timestamp, 6, 2) || '-' ||
                       substr(timestamp, 9) as timestamp_ltz) end as timestamp
from raw
