-- A pin as the emulator posted it -> a row of the table `pin`.
--
-- `raw` holds one row for each record, with the columns that pipeline.yaml lists under `record`;
-- duplicates by key are already gone. One record in, one row out: no grouping, no joins here.
--
-- The text runs letter for letter, with equal results, on DuckDB and on Spark. Therefore:
--   * a whole text matches a pattern when regexp_extract(text, '^pattern', 0) = text
--     (a `$` would accept a line break at the end in Spark, and would not in DuckDB);
--   * [0-9] and [.] instead of backslashes; TRY_CAST, never CAST; || and nullif.
select
    index as ind,
    case when unique_id <> '' then unique_id end as unique_id,
    -- The scraper wrote these sentences where it found nothing. Exact match only: a title that
    -- merely contains one is a title.
    case when title not in ('', 'No Title Data Available') then title end as title,
    case when description not in ('', 'No description available Story format',
                                  'No description available') then description end as description,
    -- '124k' -> 124000. Digits, perhaps a fraction, perhaps a unit; everything else is null
    -- ('User Info Error', '1,234', '-5', '1e3'), and so is what an int cannot hold. Doubles are exact
    -- here: there are fifteen digits at most, and with a unit the thousandths are whole numbers.
    try_cast(
        case when regexp_extract(follower_count, '^[0-9]{1,12}([.][0-9]{1,3})?[kKmMbB]?', 0) = follower_count
             then case regexp_extract(follower_count, '[kKmMbB]', 0)
                      when '' then floor(try_cast(follower_count as double))
                      else round(try_cast(regexp_extract(follower_count, '^[0-9]+([.][0-9]+)?', 0)
                                          as double) * 1000)
                           * case regexp_extract(follower_count, '[kKmMbB]', 0)
                                 when 'k' then 1 when 'K' then 1
                                 when 'm' then 1000 when 'M' then 1000
                                 else 1000000 end end end as int) as follower_count,
    case when poster_name not in ('', 'User Info Error') then poster_name end as poster_name,
    case when tag_list not in ('', 'N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e') then tag_list end as tag_list,
    case when is_image_or_video <> '' then is_image_or_video end as is_image_or_video,
    case when image_src not in ('', 'Image src error.') then image_src end as image_src,
    -- 'Local save in /data/art' -> '/data/art'
    nullif(regexp_replace(save_location, '^Local save in ', ''), '') as save_location,
    case when category <> '' then category end as category
from raw
