-- Every report, each as often as the file has it.
select "Airport Name", "Aircraft Make Model", "Effect Amount of damage", "Flight Date"::date::varchar,
  "Aircraft Airline Operator", "Origin State", "Phase of flight", "Wildlife Size", "Wildlife Species", "Time of day",
  ("Cost Other"::decimal(12, 2) * 100)::bigint::varchar, ("Cost Repair"::decimal(12, 2) * 100)::bigint::varchar, ("Cost Total $"::decimal(12, 2) * 100)::bigint::varchar,
  "Speed IAS in knots"::int::varchar
from read_csv($file, all_varchar = true, header = true, nullstr = '')
