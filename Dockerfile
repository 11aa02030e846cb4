# The released programs on a distroless base: no shell, no root. Build the archive first: cargo xtask dist
FROM debian:bookworm-slim AS unpack
ARG ARCHIVE=target/package/ct-*-unknown-linux-gnu.tar.gz
COPY ${ARCHIVE} /tmp/ct.tar.gz
RUN mkdir /opt/ct && tar -xzf /tmp/ct.tar.gz -C /opt/ct --strip-components=1

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=unpack /opt/ct/bin/ /usr/bin/
COPY --from=unpack /opt/ct/LICENSE-MIT /opt/ct/LICENSE-APACHE /opt/ct/LICENSES-DEPENDENCIES /usr/share/doc/ct/
ENTRYPOINT ["/usr/bin/ct"]
