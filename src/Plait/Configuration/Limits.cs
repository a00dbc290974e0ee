using System.Net;

namespace Plait.Configuration;

/// <summary>Every bound of G6. The words in the file are the names of the properties.</summary>
public sealed record Limits
{
    /// <summary>From starting a child to its DONE. 20 s: arti gives up on us 30 s after it launched us (M31).</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long a start waits for slow programs once a chain works. 3 s: long for a program that starts (obfs4proxy needs 20 ms), short for
    /// a user who waits for tor. 0 waits for none.
    /// </summary>
    public TimeSpan LateStartGrace { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A SOCKS or Extended ORPort negotiation with us. 10 s: twice what goptlib allows a peer (S25, X11).</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From tor's CONNECT to our reply, all hops. 60 s: obfs4proxy alone may take 30 s.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a hop that granted may take to enter its joint before the grant counts as provisional. 2 s: meek_lite
    /// dials only once payload flows, and would otherwise wait for tor while tor waits for it (G2, C5).
    /// </summary>
    public TimeSpan LazyDialGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a server joint holds the inner hop's first bytes while nothing comes from outside. 2 s: long past any
    /// handshake, short for payloads in which the server speaks first (the first-byte gate, G11).
    /// </summary>
    public TimeSpan FirstByteHold { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a child may take to end after its stdin was closed, and again after SIGTERM. 1.5 s: both
    /// together stay below ptadapter's 2 s + 2 s (L21) and far below the 30 s of a service manager (L22).
    /// </summary>
    public TimeSpan ExitGrace { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>
    /// The longest that Plait takes to end, whatever its peers do: both graces for its children, and 1 s for the kill, the
    /// guard and the last lines. Not a word of its own.
    /// </summary>
    [ProgramSeam]
    internal TimeSpan EndingTimeout => (2 * ExitGrace) + TimeSpan.FromSeconds(1);

    /// <summary>The longest that a successor waits for the state of a Plait that ends. 1 s more, because tor may start it first.</summary>
    [ProgramSeam]
    internal TimeSpan SuccessionTimeout => EndingTimeout + TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long one side of a connection that is ending may be silent before both are closed. 60 s: pluggable transports
    /// close both ways at once (S30), so silence after one end means that a program forgot the other; HAProxy's examples
    /// give a half-closed client the same time.
    /// </summary>
    public TimeSpan LingerTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long an established connection may wait for the first answer after bytes went one way, before that is reported; 0 for never.
    /// 60 s: tor's first CircuitBuildTimeout.
    /// </summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The wait before the first restart of a child that died; doubled for each further one. 250 ms (L23).</summary>
    public TimeSpan RestartDelayMin { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest wait between restarts. 60 s: a repaired program is back within a minute (L23).</summary>
    public TimeSpan RestartDelayMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Connections of this process that are open at once, all chains together. 8192: twice the 4,000 idle ones that
    /// the memory budget of docs/performance.md is measured with.
    /// </summary>
    public int MaxConnections { get; init; } = 8192;

    /// <summary>
    /// Pipes of this process, through which relays splice; a direction that gets none copies. 512: a pipe stays with a direction
    /// only while its receiver does not keep up, or for microseconds. With two descriptors each, half of a process that has
    /// 2,048, a twentieth where there are 20,000. 0: relays copy.
    /// </summary>
    public int MaxPipes { get; init; } = 512;

    /// <summary>
    /// How many of the pipes hold a megabyte. The others have the system's default size, and are closed when they are idle: they are
    /// needed only while receivers stall. 32: a user without privileges has 16,384 pages for the slots of all pipes
    /// together, children's and tor's too (pipe(7), pipe-user-pages-soft), and 256 are a megabyte's; half of them are ours.
    /// </summary>
    public int MaxLargePipes { get; init; } = 32;

    /// <summary>
    /// Processes of a client that are started for one target or one set of arguments: tunnels, plugins, SOCKS programs with arguments in
    /// their command line. 32: tor uses a few bridges at a time, and each such process costs some megabytes.
    /// </summary>
    public int MaxTunnels { get; init; } = 32;

    /// <summary>How long such a process is kept without a connection. 60 s: tor comes back to a bridge within seconds, or after minutes.</summary>
    public TimeSpan TunnelIdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Hops in one chain. 8: no use for more is known, and each costs a handshake.</summary>
    public int MaxChainLength { get; init; } = 8;

    /// <summary>
    /// Source addresses of internal dials, so that one address pair's 64 k ports are no limit (B6). Part of
    /// 127.0.0.0/8. 127.64.0.0/10: away from 127.0.x.y, which static-cookie set-ups number by hand (B4).
    /// </summary>
    public IPNetwork InternalSources { get; init; } = new(new IPAddress([127, 64, 0, 0]), 10);
}
