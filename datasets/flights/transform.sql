-- Each flight with its airports and its plane, as the lists in the second source bucket have them.
select
  upload.*,
  origins.name as origin_name,
  destinations.name as dest_name,
  destinations.tzone as dest_time_zone,
  try_cast(planes.year as bigint) as plane_year,
  planes.manufacturer as plane_manufacturer,
  planes.model as plane_model,
  try_cast(planes.seats as bigint) as plane_seats
from upload
left join airports as origins on origins.faa = upload.origin
left join airports as destinations on destinations.faa = upload.dest
left join planes on planes.tailnum = upload.tailnum
