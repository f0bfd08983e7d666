INSERT INTO route_month
SELECT
    carrier,
    month,
    origin,
    dest,
    count(*) AS flights,
    count(*) FILTER (WHERE outcome = 'cancelled') AS cancelled,
    count(*) FILTER (WHERE outcome = 'diverted') AS diverted,
    coalesce(sum(dep_delay_min), 0) AS dep_delay_min_sum,
    coalesce(sum(arr_delay_min), 0) AS arr_delay_min_sum,
    coalesce(sum(air_time_min), 0) AS air_time_min_sum,
    sum(distance_mi) AS distance_mi_sum
FROM flight
WHERE %(month)s IN ('all', month)
GROUP BY carrier, month, origin, dest;
