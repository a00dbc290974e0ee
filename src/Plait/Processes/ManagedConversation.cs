using System.Net;
using Plait.Diagnostics.Failures;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Messages;

namespace Plait.Processes;

/// <summary>One transport as its program offers it.</summary>
/// <param name="Address">Where it listens (CMETHOD, SMETHOD).</param>
/// <param name="Socks">The SOCKS version of a client transport; null for a server transport.</param>
/// <param name="Arguments">What a server transport wants its clients to know; empty for a client transport.</param>
internal sealed record TransportMethod(IPEndPoint Address, SocksVersion? Socks, PtArguments Arguments)
{
    /// <summary>The kind alone: the address is a secret (G5).</summary>
    public override string ToString() => Socks is null ? "server method" : $"{Socks} method";
}

/// <summary>A start that failed as a whole.</summary>
internal sealed record ConversationFailure(FailureCause Cause, string Text);

/// <summary>
/// The parent's side of the managed-proxy conversation (pt-spec 3.3): fed with a child's messages, it knows what the
/// child offers. No I/O, no clock. States: waiting for VERSION, collecting methods, done; or failed, which is final.
/// </summary>
/// <remarks>
/// It accepts what C tor accepts (M11 to M23) and, as arti and tor do, nothing before VERSION. A transport that the child
/// neither offers nor refuses has failed with it (C24). Messages after DONE other than LOG and STATUS are not heard: our
/// listeners do not depend on them (M25).
/// </remarks>
internal sealed class ManagedConversation(PtRole role, IReadOnlyCollection<string> requested)
{
    /// <summary>The refusal of a transport that the child does not mention: pt-spec has no line for an unknown name (E20).</summary>
    internal const string NotMentioned = "no such transport";

    private readonly Dictionary<string, TransportMethod> _methods = [];
    private readonly Dictionary<string, string> _refused = [];
    private bool _versionSeen;

    /// <summary>What is offered, by transport name. Only names that were asked for (M26).</summary>
    internal IReadOnlyDictionary<string, TransportMethod> Methods => _methods;

    /// <summary>What is not, and why, in the child's words (unscrubbed).</summary>
    internal IReadOnlyDictionary<string, string> Refused => _refused;

    /// <summary>Whether the child took the proxy it was given.</summary>
    internal bool ProxyAccepted { get; private set; }

    /// <summary>The list of methods is complete.</summary>
    internal bool Done { get; private set; }

    /// <summary>Why nothing of this child can be used; null unless it failed.</summary>
    internal ConversationFailure? Failure { get; private set; }

    /// <summary>The child has printed a line of the conversation.</summary>
    internal bool HasBegun { get; private set; }

    /// <summary>Whether there is anything left to wait for.</summary>
    internal bool Ended => Done || Failure is not null;

    /// <summary>Takes one message in.</summary>
    internal void Accept(PtMessage message)
    {
        HasBegun |= message is not UnknownMessage;
        if (Ended)
        {
            return;
        }

        switch (message)
        {
            case EnvErrorMessage error:
                Fail(FailureCause.ArgumentWrong, $"it says ENV-ERROR {error.Text}");
                break;
            case VersionErrorMessage error:
                Fail(FailureCause.ProtocolViolated, $"it says VERSION-ERROR {error.Text}: it does not speak version 1 of pt-spec");
                break;
            case VersionMessage { Version: "1" } when !_versionSeen:
                _versionSeen = true;
                break;
            case VersionMessage version:
                Fail(FailureCause.ProtocolViolated, _versionSeen
                    ? "it printed VERSION twice"
                    : $"it speaks version '{version.Version}' of pt-spec, and not version 1");
                break;
            case ProxyDoneMessage or ProxyErrorMessage or ClientMethodMessage or ClientMethodErrorMessage
                or ClientMethodsDoneMessage or ServerMethodMessage or ServerMethodErrorMessage or ServerMethodsDoneMessage
                when !_versionSeen: // M12
                Fail(FailureCause.ProtocolViolated, "it printed a method before VERSION");
                break;
            case MalformedMessage malformed when IsOfConversation(malformed.Keyword):
                Fail(FailureCause.ProtocolViolated, $"it printed a bad {malformed.Keyword} line: {malformed.Reason}");
                break;
            default:
                AcceptMethod(message);
                break;
        }
    }

    private void AcceptMethod(PtMessage message)
    {
        switch (message)
        {
            case ProxyDoneMessage:
                ProxyAccepted = true;
                break;
            case ProxyErrorMessage error:
                Fail(FailureCause.ProxyRefused, $"it says PROXY-ERROR {error.Text}");
                break;
            case ClientMethodMessage method when role == PtRole.Client:
                Offer(method.Name, new(method.Address, method.Version, PtArguments.Empty));
                break;
            case ServerMethodMessage method when role == PtRole.Server:
                Offer(method.Name, new(method.Address, null, method.Arguments));
                break;
            case ClientMethodErrorMessage error when role == PtRole.Client:
                _refused.TryAdd(error.Name, error.Text);
                break;
            case ServerMethodErrorMessage error when role == PtRole.Server:
                _refused.TryAdd(error.Name, error.Text);
                break;
            case ClientMethodsDoneMessage when role == PtRole.Client:
            case ServerMethodsDoneMessage when role == PtRole.Server:
                Finish();
                break;
            case ClientMethodMessage or ClientMethodsDoneMessage or ServerMethodMessage or ServerMethodsDoneMessage: // M28
                Fail(FailureCause.ProtocolViolated, $"it was started as a {role} and printed the other role's methods");
                break;
        }
    }

    private void Offer(string name, TransportMethod method)
    {
        if (requested.Contains(name))
        {
            _methods.TryAdd(name, method); // M27: the first stays
        }
    }

    private void Finish()
    {
        foreach (string name in requested.Where(name => !_methods.ContainsKey(name)))
        {
            _refused.TryAdd(name, NotMentioned);
        }

        Done = true;
    }

    private void Fail(FailureCause cause, string text) => Failure = new(cause, text);

    private static bool IsOfConversation(string keyword) => keyword is not ("LOG" or "STATUS");
}
