//! `tribe-app serve`

use std::future::{Future, poll_fn};
use std::task::Poll;

use clap::{Args, Parser};
use scim_server::http::stop;
use tribe_app::Tribe;
use tribe_app::domain::tenant;
use tribe_app::serve::{Listening, Wire, remember_tenant_url};

use super::demo;
use super::{Failed, LISTEN};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The address to listen on
    #[arg(long, env = "TRIBE_LISTEN", default_value = LISTEN, value_name = "ADDRESS:PORT")]
    listen: String,
    /// The address that Azure reaches Tribe under; by default the one it listens on
    #[arg(long, env = "TRIBE_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Make no demo tenant on an empty database
    #[arg(long, env = "TRIBE_NO_DEMO")]
    no_demo: bool,
    /// The proxy in front that speaks TLS: lets Tribe listen on an address that other machines reach. A network, e.g. 10.0.0.7/32, also lets Tribe count requests by the addresses that it forwards
    #[arg(long, env = "TRIBE_BEHIND_PROXY", value_name = "NAME")]
    behind_proxy: Option<String>,
    /// How many requests a second each secret token may make; more are told to wait
    #[arg(long, env = "TRIBE_REQUESTS_PER_SECOND", value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    requests_per_second: Option<u32>,
}

/// `serve` without a word on the command line: defaults and environment.
#[derive(Debug, Parser)]
struct Alone {
    #[command(flatten)]
    serve: Serve,
}

impl Serve {
    pub(super) fn by_default() -> Self {
        Alone::parse_from(["tribe-app"]).serve
    }

    pub(super) async fn run(self, tribe: Tribe) -> Result<(), Failed> {
        // The first poll takes over the signals: from here on a stop is graceful, also while the demo is made.
        let mut stop = std::pin::pin!(stop());
        if poll_fn(|context| Poll::Ready(stop.as_mut().poll(context).is_ready())).await {
            return Ok(());
        }
        let wire = self.behind_proxy.map_or(Wire::Loopback, Wire::BehindProxy);
        let mut listening = Listening::open(tribe.clone(), &self.listen, self.public_url.as_deref(), &wire).await?;
        if let Some(requests) = self.requests_per_second {
            listening = listening.with_requests_per_second(requests);
        }
        remember_tenant_url(tribe.database(), listening.tenant_url()).await?;
        let empty = tenant::is_none(tribe.database()).await?;
        // Only who sits at this machine may see the demo's token.
        if empty && !self.no_demo && listening.address().ip().is_loopback() {
            println!("{}", demo::make(&tribe, listening.tenant_url()).await?);
        } else if empty {
            println!("there is no tenant yet: tribe-app tenant create NAME, then tribe-app token create --tenant NAME");
        }
        match &wire {
            Wire::Loopback => tracing::info!(address = %listening.address(), tenant_url = listening.tenant_url(), "serving"),
            Wire::BehindProxy(proxy) => {
                tracing::info!(address = %listening.address(), tenant_url = listening.tenant_url(), proxy, "serving");
            }
        }
        listening.run(stop).await?;
        tracing::info!("stopped");
        Ok(())
    }
}
