using System.Net.Sockets;

namespace Plait.SystemTests.Prober;

/// <summary>A kind of probe: part of a row of the table in docs/threat-model.md.</summary>
/// <param name="Sent">What the prober sends.</param>
/// <param name="Then">What it does, or looks at, besides.</param>
/// <param name="RunAsync">Probes a bridge once.</param>
internal sealed record ProbeKind(string Sent, string Then, Func<Suspect, Task<Sight>> RunAsync)
{
    // obfs4 ends what is no handshake after 32 s, with the seed that is used.
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan s_after = Suspect.Linger + TimeSpan.FromSeconds(5);

    private static readonly AddressFamily[] s_families = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    private static readonly Payload[] s_sizes = [.. from length in new[] { 1, 16, 100, 1000, 10_000, 1_000_000 } select Payload.Random(length)];
    private static readonly Payload[] s_all = [Payload.Nothing, .. s_sizes, Payload.Http, Payload.TlsHello, Payload.Zeros, Payload.Trickle];
    private static readonly Payload[] s_some = [Payload.Nothing, Payload.Random(100), Payload.Random(10_000), Payload.Http];

    /// <summary>Of a bridge that is up.</summary>
    public static IReadOnlyList<ProbeKind> OfOneThatIsUp { get; } =
    [
        .. from payload in s_all select Of(payload, Manner.WritesOn),
        .. from payload in s_all select Of(payload, Manner.Finishes),
        .. from payload in s_some select Of(payload, Manner.StaysOpen),
        .. from payload in s_some select Of(payload, Manner.Resets),
        .. from payload in s_sizes[2..] select Of(payload, Manner.IsUrgent),
        .. from payload in s_sizes[2..] select Of(payload, Manner.IsUrgentAndFinishes),
        .. from payload in s_some select Of(payload, Manner.Finishes, AddressFamily.InterNetworkV6),
        new("nothing", "the keep-alive of the bridge's socket", ServerSocket.LookAtKeepAliveAsync),
    ];

    /// <summary>Of a bridge whose transport is down.</summary>
    public static IReadOnlyList<ProbeKind> OfOneThatIsDown { get; } =
        [.. from family in s_families select Of(Payload.Nothing, Manner.Finishes, family) with { Then = By(family, "while the transport is down") }];

    /// <summary>Of a bridge in front of <see cref="Segments.ServeAsync"/>.</summary>
    public static ProbeKind OfOneThatSpeaks { get; } = new("a genuine connection", "forty small writes of the service", Segments.LookAsync);

    /// <summary>Every one.</summary>
    public static IEnumerable<ProbeKind> All => [.. OfOneThatIsUp, .. OfOneThatIsDown, OfOneThatSpeaks];

    private static ProbeKind Of(Payload payload, Manner manner, AddressFamily family = AddressFamily.InterNetwork)
    {
        string then = manner switch
        {
            Manner.WritesOn => "waits for the end, and writes a byte after it",
            Manner.Finishes => "ends its side",
            Manner.StaysOpen => "waits for the end, and stays open after it",
            Manner.Resets => "resets it, and connects anew",
            Manner.IsUrgent => "an urgent byte before it",
            Manner.IsUrgentAndFinishes => "an urgent byte before it; ends its side",
            _ => throw new ArgumentOutOfRangeException(nameof(manner)),
        };
        return new(payload.Name, By(family, then), async suspect =>
        {
            using var probe = new Probe(payload, manner);
            return await probe.RunAsync(suspect.At(family), s_window, s_after);
        });
    }

    private static string By(AddressFamily family, string then) => family == AddressFamily.InterNetwork ? then : $"{then}; by IPv6";
}
