using Plait.Fuzz.Engine;
using Plait.Processes;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Messages;

namespace Plait.Fuzz.Processes;

/// <summary>A child's whole standard output at its start. The first byte is its role.</summary>
internal sealed class ChildConversationTarget : FuzzTarget
{
    private static readonly string[] s_requested = ["obfs3", "obfs4"];

    internal override string Name => "child-conversation";

    internal override string Invariant =>
        "done or failed, never both, and final; done, each transport asked for is offered or refused, and no other is "
        + "offered; the same whatever the cuts";

    internal override int MaxLength => 8192;

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "VERSION 1\n", "VERSION 2\n", "VERSION-ERROR no-version\n", "ENV-ERROR x\n", "PROXY DONE\n", "PROXY-ERROR x\n",
        "CMETHOD obfs3 socks5 127.0.0.1:1080\n", "CMETHOD obfs4 socks4 127.0.0.1:1\n",
        "CMETHOD other socks5 127.0.0.1:1\n", "CMETHOD-ERROR obfs4 no\n", "CMETHODS DONE\n", "SMETHOD obfs3 127.0.0.1:1\n",
        "SMETHOD obfs4 127.0.0.1:2 ARGS:cert=a,b=c\n",
        "SMETHOD-ERROR obfs3 no\n", "SMETHODS DONE\n", "LOG SEVERITY=notice MESSAGE=\"x\"\n", "STATUS TRANSPORT=obfs4 K=v\n",
        "NONSENSE\n", "\n", " ", "\x00", "\r\n", "127.0.0.1:0",
    ];

    internal override string Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return "";
        }

        PtRole role = input[0] % 2 == 0 ? PtRole.Client : PtRole.Server;
        byte[] output = input[1..];
        string? first = null;
        ManagedConversation conversation = new(role, s_requested);
        foreach (Func<int> cut in Cuts.Of(output))
        {
            conversation = new(role, s_requested);
            Feed(conversation, output, cut);
            string now = Describe(conversation);
            Check.Equal(first ?? now, now, "the same under another cut");
            first = now;
        }

        Check.That(conversation.Methods.Keys.All(s_requested.Contains), "no other transport is offered");
        Check.That(
            conversation.Methods.Values.All(method => method.Address.Port != 0 && (method.Socks is null) == (role == PtRole.Server)),
            "what is offered is of our role");
        IEnumerable<string> told = conversation.Methods.Keys.Concat(conversation.Refused.Keys);
        Check.That(!conversation.Done || s_requested.All(told.Contains), "done, each is offered or refused");
        return Behaviour.Of(
            role, conversation.Done, conversation.Failure?.Cause, Beginning(conversation.Failure?.Text), conversation.Methods.Count,
            conversation.Refused.Count, conversation.ProxyAccepted);
    }

    /// <summary>A failure's text up to the child's own words.</summary>
    private static string Beginning(string? failure) => string.Join(' ', (failure ?? "").Split([' ', '\'', ':']).Take(5));

    private static void Feed(ManagedConversation conversation, ReadOnlySpan<byte> output, Func<int> cut)
    {
        var lines = new LineAssembler(PtMessage.MaxLineLength);
        (ConversationFailure? Failure, int Methods, int Refused)? end = null;
        while (!output.IsEmpty)
        {
            int taken = lines.Append(output[..Math.Min(cut(), output.Length)]);
            output = output[taken..];
            while (lines.TryRead(out string? line, out _))
            {
                conversation.Accept(PtMessage.Parse(line));
                Check.That(!(conversation.Done && conversation.Failure is not null), "done or failed, never both");
                (ConversationFailure? Failure, int Methods, int Refused) now =
                    (conversation.Failure, conversation.Methods.Count, conversation.Refused.Count);
                Check.That(end is null || (end == now && conversation.Ended), "what has ended stays as it is");
                end = conversation.Ended ? now : null;
            }
        }
    }

    private static string Describe(ManagedConversation conversation) => Behaviour.Of(
        conversation.Done, conversation.Failure, conversation.ProxyAccepted,
        string.Join(';', conversation.Methods.Select(pair =>
            $"{pair.Key} {pair.Value.Address} {pair.Value.Arguments.FormatServer()}")),
        string.Join(';', conversation.Refused.Select(pair => $"{pair.Key} {pair.Value}")));
}
