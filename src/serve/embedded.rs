//! `hangup demo`: the same serving, beside an nginx that is only acted out.

use anyhow::{Result, bail};

use super::{load, run};
use crate::config::{Layer, Origin, said, settings};
use crate::demo::{DemoArgs, prepare};

/// Prepares the demo's directory, and serves it by the discovery that a real host gets.
pub async fn demo(args: DemoArgs, flags: Layer) -> Result<()> {
    let demo = prepare(&args.directory(), &args)?;
    let paths = [("nginx.config", &demo.nginx_conf), ("path.procfs", &demo.proc_root)];
    let mut layer = Layer::new();
    for (name, path) in paths {
        insert(&mut layer, name, &path.display().to_string());
    }
    insert(&mut layer, "nginx.from", "start");
    layer.extend(flags);
    let config = match load(&layer) {
        Ok(config) => config,
        Err(problems) => bail!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let acting = tokio::spawn(demo.run(async { drop(stopped.await) }));
    let served = run(layer, config, std::future::pending()).await;
    drop(stop);
    acting.await??;
    served
}

fn insert(layer: &mut Layer, name: &'static str, value: &str) {
    if let Some(setting) = settings::named(name) {
        layer.insert(setting.name, said(setting, Origin::Flag(setting.name), &[value.to_owned()]));
    }
}
