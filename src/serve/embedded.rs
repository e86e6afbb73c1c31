//! `hangup demo`: the same serving, beside an nginx that is only acted out.

use anyhow::Result;

use super::{load_to_serve, run};
use crate::config::settings::{AnySetting, CONFIG_FILE, NGINX_CONFIG, NGINX_FROM, PATH_PROCFS, WEB_LISTEN_ADDRESS};
use crate::config::{Layer, Origin, Problem, SettingValue};
use crate::demo::{DemoArgs, prepare};

/// Prepares the demo's directory, and serves it by the discovery that a real host gets. The inner error: what is wrong with
/// the configuration.
pub async fn demo(args: DemoArgs, flags: Layer) -> Result<Result<(), Vec<Problem>>> {
    let demo = prepare(&args.directory(), &args)?;
    let mut layer = Layer::default();
    set(&mut layer, &NGINX_CONFIG, demo.nginx_conf.display().to_string());
    set(&mut layer, &PATH_PROCFS, demo.proc_root.display().to_string());
    set(&mut layer, &NGINX_FROM, "start".to_owned());
    if !says_where(&flags) {
        set(&mut layer, &WEB_LISTEN_ADDRESS, LOOPBACK.to_owned());
    }
    let layer = layer.merge(flags);
    let config = match load_to_serve(&layer) {
        Ok(config) => config,
        Err(problems) => return Ok(Err(problems)),
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let acting = tokio::spawn(demo.run(async { drop(stopped.await) }));
    let served = run(layer, config, std::future::pending()).await;
    drop(stop);
    acting.await??;
    served.map(Ok)
}

/// What is acted out is nobody else's business, unless somebody says so.
const LOOPBACK: &str = "127.0.0.1:10499";

/// Whether a flag, the environment or a configuration file says where to listen; a file may.
fn says_where(flags: &Layer) -> bool {
    let given: [&dyn AnySetting; 2] = [&WEB_LISTEN_ADDRESS, &CONFIG_FILE];
    given.iter().any(|setting| flags.get(*setting).is_some() || std::env::var_os(setting.env()).is_some())
}

fn set(layer: &mut Layer, setting: &dyn AnySetting, text: String) {
    layer.set(setting, SettingValue::of(setting, Origin::Flag(setting.name()), &[text]));
}
