-- What must be in BigQuery after both files, told without any of Tidegate's code: well-formed rows that keep the
-- contract's rules, of each departure the one that came last, with its airports and its plane.
with lines as (
  select 1 as file, * from read_csv($first, all_varchar = true, header = true, nullstr = ['', 'NA'])
  union all by name
  select 2 as file, * from read_csv($second, all_varchar = true, header = true, nullstr = ['', 'NA'], ignore_errors = true)
),
numbered as (select *, row_number() over () as place from lines),
sound as (
  select * from numbered
  where try_cast(year as int) is not null and try_cast(month as int) is not null and try_cast(day as int) is not null
    and (dep_delay is null or try_cast(dep_delay as int) is not null)
    and try_cast(distance as int) between 1 and 12500
    and origin in ('EWR', 'JFK', 'LGA') and origin <> dest and carrier is not null
    and try_strptime(time_hour, '%Y-%m-%dT%H:%M:%SZ') is not null
),
latest as (
  select * from sound
  qualify row_number() over (
    partition by year, month, day, carrier, flight, origin, sched_dep_time order by file desc, place desc
  ) = 1
),
airports as (from read_csv($airports, all_varchar = true, header = true)),
planes as (from read_csv($planes, all_varchar = true, header = true))
select f.year::int::varchar, month::int::varchar, day::int::varchar, dep_time::int::varchar, sched_dep_time::int::varchar,
  dep_delay::int::varchar, arr_time::int::varchar, sched_arr_time::int::varchar, arr_delay::int::varchar, carrier,
  flight::int::varchar, f.tailnum, origin, dest, air_time::int::varchar, distance::int::varchar, hour::int::varchar,
  minute::int::varchar, epoch_us(strptime(time_hour, '%Y-%m-%dT%H:%M:%SZ'))::varchar, o.name, d.name, d.tzone,
  try_cast(p.year as int)::varchar, p.manufacturer, p.model, try_cast(p.seats as int)::varchar
from latest f
left join airports o on o.faa = f.origin
left join airports d on d.faa = f.dest
left join planes p on p.tailnum = f.tailnum
