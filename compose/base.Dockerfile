# The base of every image: Debian bookworm, Python 3.11, tini, CA certificates, and uv to install locks with.
# ROOTFS is debian:bookworm-slim where a registry answers, else an import of `mmdebstrap --variant=minbase`,
# which has the packages already; apt then finds nothing to do.
ARG ROOTFS
FROM ${ROOTFS}
# procps: `free` and `ps`, which some orchestrators call.
RUN dpkg -s python3-venv tini ca-certificates procps > /dev/null 2>&1 || \
    (apt-get -o Acquire::Retries=5 update && \
     apt-get -o Acquire::Retries=5 install -y --no-install-recommends python3 python3-venv tini ca-certificates procps && \
     rm -rf /var/lib/apt/lists/*)
# Wheels come from a loopback server in the build's own network namespace: a build reaches nothing else.
ARG UV_VERSION
RUN python3 -m venv --without-pip /opt/uv && python3 -m venv /tmp/pip && \
    /tmp/pip/bin/pip --python /opt/uv/bin/python install --no-index --no-cache-dir --disable-pip-version-check \
        --find-links http://127.0.0.1:8000/ "uv==${UV_VERSION}" && \
    rm -rf /tmp/pip && ln -s /opt/uv/bin/uv /usr/local/bin/uv
RUN useradd --uid 1000 --user-group --create-home orchbench
ENV LANG=C.UTF-8 UV_PYTHON_DOWNLOADS=never UV_NO_CACHE=1
