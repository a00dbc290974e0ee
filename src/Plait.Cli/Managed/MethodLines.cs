using Plait.Hosting;
using Plait.Wire.Addresses;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Messages;

namespace Plait.Cli.Managed;

/// <summary>
/// What tor is told of the names that it asked for: one line for each (M29), then DONE. That a chain listens is reported as soon as it
/// does; why one failed, before DONE, when it is known what brings it back.
/// </summary>
/// <param name="output">stdout.</param>
/// <param name="role">Client or server.</param>
/// <param name="names">The names.</param>
/// <param name="hasProxy">tor has set an upstream proxy.</param>
internal sealed class MethodLines(PtOutput output, PtRole role, IReadOnlyList<string> names, bool hasProxy)
{
    // tor 0.4.9 removes a PT with a failed name at its first SIGHUP, with its good names, and starts it at the second (L14, L15, R14), then with
    // the options and addresses of the torrc as it is. One that has ended is started with them a second after any SIGHUP (seen with 0.4.9.11).
    private const string StartedAgain = "tor starts Plait again each second until it works; a change of the torrc needs a reload of tor (SIGHUP)";
    private const string ComesBack = "then restart tor, or reload it twice (SIGHUP): the first ends Plait, the second starts it";

    private readonly HashSet<string> _answered = [];
    private readonly List<ChainStart.Failed> _failed = [];
    private bool _proxyAnswered;
    private bool _done;

    /// <summary>Reports one chain. One call at a time.</summary>
    internal void Say(ChainStart chain)
    {
        switch (chain)
        {
            case ChainStart.Listening listening:
                SayProxy();
                Answer(listening.Alias, role == PtRole.Client
                    ? new ClientMethodMessage(listening.Alias, SocksVersion.Socks5, listening.EndPoint)
                    : new ServerMethodMessage(listening.Alias, listening.EndPoint, listening.Arguments));
                break;
            case ChainStart.Failed failed:
                _failed.Add(failed);
                break;
        }
    }

    /// <summary>All chains have been reported.</summary>
    /// <param name="chains">The chains.</param>
    /// <param name="ends">Plait ends then, and tor starts it again (R14).</param>
    /// <param name="ending">Plait has been asked to end: tor may not read any more.</param>
    /// <exception cref="OperationCanceledException">Plait ends before all is reported.</exception>
    internal void Done(IReadOnlyList<ChainStart> chains, bool ends, CancellationToken ending)
    {
        SayProxy();
        SayFailed(chains.OfType<ChainStart.Failed>(), ends ? StartedAgain : ComesBack, ending);
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

        SayFailed(_failed, StartedAgain, CancellationToken.None);
        SayProxy(); // or tor takes the silence for a refusal, and does not start us again
        foreach (string name in names.Where(name => !_answered.Contains(name)))
        {
            Answer(name, Error(name, reason));
        }

        SayDone();
    }

    private void SayFailed(IEnumerable<ChainStart.Failed> chains, string whatNow, CancellationToken ending)
    {
        foreach (ChainStart.Failed failed in chains)
        {
            ending.ThrowIfCancellationRequested();
            SayProxy();
            Answer(failed.Alias, Error(failed.Alias, $"{failed.Failure.Text}; {whatNow}"));
        }
    }

    private void Answer(string name, PtMessage message)
    {
        _answered.Add(name);
        output.Say(message);
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
