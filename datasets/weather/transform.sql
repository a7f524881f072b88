SELECT
  *,
  CAST(ROUND((temp - 32) * 5 / 9, 2) AS DECIMAL(5, 2)) AS temperature_c,
  CAST(ROUND(wind_speed * 1.609344, 2) AS DECIMAL(6, 2)) AS wind_speed_kmh,
  CAST(ROUND(visib * 1.609344, 2) AS DECIMAL(6, 2)) AS visibility_km
FROM upload
