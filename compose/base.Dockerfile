# The base of every image: Debian bookworm with Python 3.11, tini and CA certificates.
# ROOTFS is debian:bookworm-slim where a registry answers, else an import of `mmdebstrap --variant=minbase`.
# The apt step is the same for both, and finds nothing to do where the packages are there already.
ARG ROOTFS
FROM ${ROOTFS}
# procps: `free` and `ps`, which some orchestrators call.
RUN dpkg-query -s python3-venv tini ca-certificates procps > /dev/null 2>&1 || { \
        apt-get -o Acquire::Retries=5 update && \
        apt-get -o Acquire::Retries=5 install -y --no-install-recommends \
            python3 python3-venv tini ca-certificates procps && \
        rm -rf /var/lib/apt/lists/*; \
    }
RUN useradd --uid 1000 --user-group --create-home orchbench
ENV LANG=C.UTF-8
