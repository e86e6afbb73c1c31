# A static binary and nothing else: no shell, no libc, no root.
FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /src
COPY . .
# There is no git in here: --build-arg HANGUP_REVISION=$(git rev-parse --short=12 HEAD)
ARG HANGUP_REVISION=
# With --target, only the product is linked statically, not the macros that the compiler itself loads.
RUN target=$(rustc -vV | sed -n 's/^host: //p') \
 && RUSTFLAGS="-C target-feature=+crt-static --remap-path-prefix=/src=hangup --remap-path-prefix=$CARGO_HOME/registry/src=crates" \
    cargo build --release --locked --bin hangup --target "$target" \
 && mkdir -p /root-of-image/var/lib/hangup /root-of-image/tmp /root-of-image/etc/ssl/certs \
 # Authorities, for status pages by https.
 && cp /etc/ssl/certs/ca-certificates.crt /root-of-image/etc/ssl/certs/ \
 && cp "target/$target/release/hangup" /root-of-image/hangup

FROM scratch
ARG HANGUP_REVISION=
LABEL org.opencontainers.image.title="hangup" \
      org.opencontainers.image.description="Shows who abandoned each request at nginx, in which phase, and why" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$HANGUP_REVISION"
COPY --from=build --chown=65532:65532 /root-of-image /
USER 65532:65532
EXPOSE 10499
HEALTHCHECK --interval=30s --timeout=10s CMD ["/hangup", "healthy"]
ENTRYPOINT ["/hangup"]
