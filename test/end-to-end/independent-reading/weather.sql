-- How many rows were exported, and how many rows only one of the two has.
with expected as (
  select origin, time_hour::timestamptz as time_hour, temp::double as temp, humid::double as humid, wind_dir::int as wind_dir,
    wind_speed::double as wind_speed, pressure::double as pressure, visib::double as visib,
    round((temp::double - 32) * 5 / 9, 2)::decimal(5, 2) as temperature_c,
    round(wind_speed::double * 1.609344, 2)::decimal(6, 2) as wind_speed_kmh,
    round(visib::double * 1.609344, 2)::decimal(6, 2) as visibility_km
  from read_csv($file, all_varchar = true, header = true, nullstr = ['', 'NA'])
),
found as (
  select origin, time_hour::timestamptz as time_hour, temp::double as temp, humid::double as humid, wind_dir::int as wind_dir,
    wind_speed::double as wind_speed, pressure::double as pressure, visib::double as visib,
    temperature_c::decimal(5, 2) as temperature_c, wind_speed_kmh::decimal(6, 2) as wind_speed_kmh,
    visibility_km::decimal(6, 2) as visibility_km
  from read_csv($exported, all_varchar = true, header = true)
)
select (select count(*) from found)::varchar,
  (select count(*) from (from expected except all from found))::varchar,
  (select count(*) from (from found except all from expected))::varchar
