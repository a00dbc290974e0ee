using Plait.Fuzz.Engine;
using Plait.Wire.Arguments;
using Plait.Wire.Sip003;

namespace Plait.Fuzz.Wire;

/// <summary>The options that Plait gets as a plugin of Shadowsocks.</summary>
internal sealed class PluginOptionsTarget : FuzzTarget
{
    private static readonly string[] s_hops = ["obfs3", "obfs4"];

    internal override string Name => "plugin-options";

    internal override string Invariant => "arguments that are read are written and read back for the same hops; a problem is one line";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "server", "chain=", "obfs3|obfs4", "config=", "state=", "name=", "profile=", "proxy=socks5://", "bind=", "192.0.2.1", "event-log=", "1-cert=",
        "1onwards-", "x-chain-0-", "iat-mode=0", ";", "=", "\\;", "\\", "|", "\n", "9-",
    ];

    internal override string Run(byte[] input)
    {
        if (!Sip003Options.TryParse(Text.Of(input), out PtArguments options, out _))
        {
            return "no options";
        }

        if (!PluginOptions.TryRead(options, out PluginOptions? read, out string? error))
        {
            Check.OneLine(error, "the error");
            return Behaviour.Words(error);
        }

        if (read.ProblemOn(s_hops) is { } problem)
        {
            Check.OneLine(problem, "the problem");
            return Behaviour.Words(problem);
        }

        string written = PluginOptions.Format(s_hops, read.Arguments);
        Check.That(
            Sip003Options.TryParse(written, out PtArguments again, out _) && PluginOptions.TryRead(again, out PluginOptions? same, out _)
            && HopsOf(same.Arguments).SequenceEqual(HopsOf(read.Arguments)), "what is written is read back");
        return Behaviour.Of(read.Arguments.Count, read.Role);
    }

    private static IReadOnlyList<PtArguments> HopsOf(PtArguments arguments)
    {
        Check.That(ChainArguments.TryDistribute(arguments, s_hops.Length, out IReadOnlyList<PtArguments> perHop, out _), "each argument has its hop");
        return perHop;
    }
}
