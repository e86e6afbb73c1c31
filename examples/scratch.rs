use hangup::config::{self, flags};
fn main() {
    let inv = match flags::parse(std::env::args_os(), []) { Ok(i) => i, Err(e) => { let _ = e.print(); std::process::exit(flags::exit_code(&e).into()) } };
    let env = std::env::vars().collect();
    let edges = config::Edges { env: &env, files: &config::OsFiles, cpus: 2 };
    let mut out = std::io::stdout();
    let code = match config::load(&inv.flags, &edges) { Ok(c) => hangup::check::run(&c, false, &mut out), Err(p) => hangup::check::refused(&p, false, &mut out) };
    std::process::exit(code.unwrap().into());
}
