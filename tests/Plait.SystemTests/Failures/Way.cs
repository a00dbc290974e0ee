using System.Net;
using System.Net.Sockets;
using Plait.Diagnostics.Failures;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Failures;

/// <summary>
/// One way in which a chain of two hops breaks, and what is told of it: a row of <see cref="ClientWays"/> or
/// <see cref="BridgeWays"/>. The chains are <c>plain_obfs4</c> and <c>obfs4_plain</c>: <c>obfs4</c> is obfs4proxy,
/// <c>plain</c> is the dummy transport, or what the row makes of it.
/// </summary>
/// <param name="Name">In words.</param>
/// <param name="Chain">Which chain; the name says which hop is where.</param>
/// <param name="Hop">The hop at fault, or null where no single one is.</param>
/// <param name="Stage">What was being done, by its name; null if nothing must be told.</param>
/// <param name="Cause">Why it failed.</param>
/// <param name="Says">A part of what happened.</param>
internal sealed record Way(string Name, string Chain, int? Hop, string? Stage, string? Cause, string Says)
{
    /// <summary>A client: the SOCKS reply; 0 where the failure comes after the grant.</summary>
    public int Reply { get; init; }

    /// <summary>A bridge: how the network sees the connection end; null for either, where the transport at the wire decides.</summary>
    public Ending? Network { get; init; }

    /// <summary>The level of the LOG line.</summary>
    public string Severity { get; init; } = "warning";

    /// <summary>The pair that says in the STATUS line what came of it; a connection's unless given.</summary>
    public string? Status { get; init; }

    /// <summary>More lines of the plaitrc.</summary>
    public string Plaitrc { get; init; } = "";

    /// <summary>What is wrong with <c>plain</c> from the start.</summary>
    public Action<BrokenChain> Spoil { get; init; } = _ => { };

    /// <summary>How tor starts Plait.</summary>
    public Func<BrokenChain, PtLaunch, PtLaunch> Launch { get; init; } = (_, launch) => launch;

    /// <summary>What happens before the connection is opened.</summary>
    public Func<BrokenChain, Task> Before { get; init; } = _ => Task.CompletedTask;

    /// <summary>A client: where tor wants to go; the healthy bridge unless given.</summary>
    public Func<BrokenChain, EndPoint>? Target { get; init; }

    /// <summary>A client: the arguments of the bridge line; the healthy bridge's unless given.</summary>
    public Func<string[], string[]> Arguments { get; init; } = arguments => arguments;

    /// <summary>What happens while the connection is being opened.</summary>
    public Func<BrokenChain, Task> During { get; init; } = _ => Task.CompletedTask;

    /// <summary>
    /// What happens to the connection once it stands and has carried bytes there and back; null where it never does. The
    /// socket is tor's on a client, the far client's on a bridge.
    /// </summary>
    public Func<BrokenChain, Socket, Task>? Then { get; init; }

    /// <summary>What happens after a grant although the chain does not stand.</summary>
    public Func<Socket, Task>? AfterGrant { get; init; }

    /// <summary>How a person reads the stage.</summary>
    public string StageWords => WordsOf(Stage!);

    /// <summary>How a person reads a stage that machines call like this, but for underscores.</summary>
    public static string WordsOf(string stage) =>
        FailureWords.Of(Enum.GetValues<ChainStage>().Single(known => FailureWords.NameOf(known) == stage.Replace(' ', '_')));

    /// <summary>The transport at fault.</summary>
    public string? HopTransport => Hop is { } hop ? Chain.Split('_')[hop] : null;

    public override string ToString() => Name;
}
