//! The network of QEMU's `-nic user`: an address by DHCP, the host at 10.0.2.2.

use embassy_executor::Spawner;
use embassy_net::{Config, DhcpConfig, Runner, Stack, StackResources};
use platform::Lan9118;
use static_cell::StaticCell;

/// Sockets at one time: one for DHCP, one for DNS, two of TCP.
const SOCKETS: usize = 4;

#[embassy_executor::task]
async fn run(mut runner: Runner<'static, &'static mut Lan9118>) -> ! {
    runner.run().await
}

/// Starts the Ethernet controller and the network stack. To be called once.
///
/// # Panics
/// Without a controller, and when called again.
pub fn start(spawner: Spawner) -> Stack<'static> {
    static CHIP: StaticCell<Lan9118> = StaticCell::new();
    static RESOURCES: StaticCell<StackResources<SOCKETS>> = StaticCell::new();

    let chip = CHIP.init_with(|| Lan9118::start().expect("a LAN9118 that nobody uses"));
    let resources = RESOURCES.init_with(StackResources::new);
    // Only picks initial sequence numbers and ports: on this network nobody guesses them.
    let seed = 0x5EED;
    let (stack, runner) = embassy_net::new(chip, Config::dhcpv4(DhcpConfig::default()), resources, seed);
    spawner.spawn(run(runner).expect("the first and only one"));
    stack
}
