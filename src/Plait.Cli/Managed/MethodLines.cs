using Plait.Diagnostics;
using Plait.Hosting;
using Plait.Wire.Pt;
using Plait.Wire.Socks;

namespace Plait.Cli.Managed;

/// <summary>
/// What tor is told of the names that it asked for: one line for each (M29), as soon as it is known what became of it, then DONE.
/// </summary>
/// <param name="output">stdout.</param>
/// <param name="role">Client or server.</param>
/// <param name="names">The names.</param>
/// <param name="hasProxy">tor has set an upstream proxy.</param>
internal sealed class MethodLines(PtOutput output, PtRole role, IReadOnlyList<string> names, bool hasProxy)
{
    private readonly HashSet<string> _answered = [];
    private bool _proxyAnswered;
    private bool _done;

    /// <summary>Reports one chain. One call at a time.</summary>
    internal void Say(ChainStart chain)
    {
        SayProxy();
        _answered.Add(chain.Alias);
        output.Say(chain switch
        {
            ChainStart.Listening listening when role == PtRole.Client =>
                new ClientMethodMessage(listening.Alias, SocksVersion.Socks5, listening.EndPoint),
            ChainStart.Listening listening => new ServerMethodMessage(listening.Alias, listening.EndPoint, listening.Arguments),
            ChainStart.Failed failed => Error(failed.Alias, failed.Failure.Text.ToString()),
            _ => throw new InvalidOperationException("A start of a new kind."),
        });
    }

    /// <summary>All chains have been reported.</summary>
    internal void Done(IReadOnlyList<ChainStart> chains)
    {
        SayProxy();
        foreach (ChainStart.Listening listening in chains.OfType<ChainStart.Listening>())
        {
            // Who implements the transports, in the form that old and new tor and arti take (M50).
            output.Say(new StatusMessage(listening.Alias,
                [new("TYPE", "version"), new("IMPLEMENTATION", "plait"), new("VERSION", ProductVersion.Text)]));
        }

        SayDone();
    }

    /// <summary>Plait ends: each name that has no line yet gets the reason.</summary>
    internal void GiveUp(string reason)
    {
        if (_done)
        {
            output.Say(new LogMessage(LogSeverity.Error, reason)); // a crash after DONE: tor starts us again (L16)
            return;
        }

        SayProxy(); // or tor takes the silence for a refusal, and does not start us again
        foreach (string name in names.Where(name => !_answered.Contains(name)))
        {
            output.Say(Error(name, reason));
        }

        SayDone();
    }

    /// <summary>Before the first line of a method. Chains that cannot use the proxy fail by themselves (C21).</summary>
    private void SayProxy()
    {
        if (hasProxy && !_proxyAnswered)
        {
            _proxyAnswered = true;
            output.Say(new ProxyDoneMessage());
        }
    }

    private void SayDone()
    {
        output.Say(role == PtRole.Client ? new ClientMethodsDoneMessage() : new ServerMethodsDoneMessage());
        _done = true;
    }

    private PtMessage Error(string name, string reason) =>
        role == PtRole.Client ? new ClientMethodErrorMessage(name, reason) : new ServerMethodErrorMessage(name, reason);
}
