CREATE TABLE IF NOT EXISTS flight (
    time_hour                   timestamptz NOT NULL,
    carrier                     text        NOT NULL,
    flight                      integer     NOT NULL,
    origin                      text        NOT NULL,
    month                       text        NOT NULL,
    dest                        text        NOT NULL,
    outcome                     text        NOT NULL CHECK (outcome IN ('flown', 'cancelled', 'diverted')),
    sched_dep                   timestamptz NOT NULL,
    dep                         timestamptz,
    sched_arr                   timestamptz,
    arr                         timestamptz,
    dep_delay_min               integer,
    arr_delay_min               integer,
    air_time_min                integer,
    distance_mi                 integer     NOT NULL,
    airline                     text        NOT NULL,
    tailnum                     text,
    plane_year                  integer,
    plane_manufacturer          text,
    plane_model                 text,
    plane_seats                 integer,
    dest_name                   text,
    dest_zone                   text,
    temp_hundredths_f           integer,
    dew_point_hundredths_f      integer,
    humidity_hundredths_pct     integer,
    wind_direction_deg          integer,
    wind_speed_hundredths_mph   integer,
    wind_gust_hundredths_mph    integer,
    precip_hundredths_in        integer,
    pressure_tenths_mb          integer,
    visibility_hundredths_mi    integer,
    PRIMARY KEY (time_hour, carrier, flight, origin)
);

CREATE TABLE IF NOT EXISTS route_month (
    carrier             text    NOT NULL,
    month               text    NOT NULL,
    origin              text    NOT NULL,
    dest                text    NOT NULL,
    flights             integer NOT NULL,
    cancelled           integer NOT NULL,
    diverted            integer NOT NULL,
    dep_delay_min_sum   bigint  NOT NULL,
    arr_delay_min_sum   bigint  NOT NULL,
    air_time_min_sum    bigint  NOT NULL,
    distance_mi_sum     bigint  NOT NULL,
    PRIMARY KEY (carrier, month, origin, dest)
);

-- What went out, like a message or a payment: a partition can be replaced, a row here is there once too often.
CREATE TABLE IF NOT EXISTS delivery (
    trial           text        NOT NULL,
    month           text        NOT NULL,
    rows            integer     NOT NULL,
    delivered_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
