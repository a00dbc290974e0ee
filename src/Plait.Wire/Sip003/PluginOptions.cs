using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Hints;
using Plait.Wire.Pt;

namespace Plait.Wire.Sip003;

/// <summary>
/// What <c>SS_PLUGIN_OPTIONS</c> asks of Plait itself when Shadowsocks starts it as its plugin: the words of <see cref="Words"/>, and arguments of
/// the hops. <c>1-cert=…</c> is the argument <c>cert</c> of hop 1, <c>1onwards-cert=…</c> that of hop 1 and later, and <c>cert=…</c> that of every hop.
/// </summary>
/// <param name="Role">The far end, where the word <c>server</c> stands; else the near end (Q6).</param>
/// <param name="Arguments">Near end: the arguments of the bridge. Far end: the options of the transports. As a bridge line has them.</param>
public sealed record PluginOptions(PtRole Role, PtArguments Arguments)
{
    private const string Server = "server", ChainWord = "chain", Config = "config", StateWord = "state", NameWord = "name", Events = "event-log",
        ProfileWord = "profile", ProxyWord = "proxy", Bind = "bind";

    private static readonly string[] s_ofNearEnd = [ProfileWord, ProxyWord, Bind];

    /// <summary>The words of Plait's own, in the order of the documentation. A transport's argument of such a name needs its hop before it.</summary>
    public static IReadOnlyList<string> Words { get; } = [ChainWord, Server, Config, StateWord, NameWord, .. s_ofNearEnd, Events];

    /// <summary>The chain, hop nearest to Shadowsocks first, or the name of one in the plaitrc; null if none is named.</summary>
    public string? Chain { get; init; }

    /// <summary>The path of a plaitrc, or null.</summary>
    public string? File { get; init; }

    /// <summary>The state directory, or null.</summary>
    public string? State { get; init; }

    /// <summary>The name in messages and state, or null.</summary>
    public string? Name { get; init; }

    /// <summary>Where events are written, or null.</summary>
    public string? EventLog { get; init; }

    /// <summary>Near end: the <c>Profile</c> of the plaitrc that has the arguments, or null.</summary>
    public string? Profile { get; init; }

    /// <summary>Near end: the upstream proxy, or null.</summary>
    public UpstreamProxy? Proxy { get; init; }

    /// <summary>Near end: the source address of IPv4 connections, or null.</summary>
    public IPAddress? BindV4 { get; init; }

    /// <summary>Near end: the source address of IPv6 connections, or null.</summary>
    public IPAddress? BindV6 { get; init; }

    /// <summary>Reads the options.</summary>
    /// <param name="options">The options of the environment: <see cref="Sip003Environment.Options"/>.</param>
    /// <param name="read">What they ask for; null after an error.</param>
    /// <param name="error">Which option is wrong and what to write, without any value; null on success.</param>
    public static bool TryRead(PtArguments options, [NotNullWhen(true)] out PluginOptions? read, [NotNullWhen(false)] out string? error)
    {
        read = null;
        PtRole role = options.First(Server) is null ? PtRole.Client : PtRole.Server;
        var arguments = new List<PtArgument>();
        foreach (PtArgument option in options)
        {
            if (Words.Contains(option.Key))
            {
                if ((error = ProblemOf(option, options, role)) is not null)
                {
                    return false;
                }
            }
            else if (TryName(option, out PtArgument argument))
            {
                arguments.Add(argument);
            }
            else
            {
                error = $"{KeySpelling.Quote(option.Key)} names no hop; write HOP-KEY=VALUE, with hops counted from 0, as in 1-iat-mode=0";
                return false;
            }
        }

        if (!TryReadWayOut(options, out UpstreamProxy? proxy, out IPAddress? bindV4, out IPAddress? bindV6, out error))
        {
            return false;
        }

        read = new(role, new(arguments))
        {
            Chain = options.First(ChainWord),
            File = options.First(Config),
            State = options.First(StateWord),
            Name = options.First(NameWord),
            EventLog = options.First(Events),
            Profile = options.First(ProfileWord),
            Proxy = proxy,
            BindV4 = bindV4,
            BindV6 = bindV6,
        };
        return true;
    }

    /// <summary>Looks at the arguments, once the hops are known: keys that no hop takes, wrong values and, at the near end, missing ones.</summary>
    /// <param name="hops">The transports of the chain, hop 0 first.</param>
    /// <returns>The first problem and what to write, without any value; null if there is none.</returns>
    public string? ProblemOn(IReadOnlyList<string> hops)
    {
        KnownTransport?[] known = [.. hops.Select(KnownTransports.Of)];
        if (!ChainArguments.TryDistribute(Arguments, hops.Count, out IReadOnlyList<PtArguments> perHop, out _))
        {
            ChainArgument beyond = Arguments.Select(Parsed).First(argument => argument.Hop >= hops.Count);
            return hops.Count == 1
                ? $"{KeySpelling.Quote(Written(beyond))} is for hop {beyond.Hop}, and the chain has hop 0 alone; leave the number out"
                : $"{KeySpelling.Quote(Written(beyond))} is for hop {beyond.Hop}, and the chain's hops are 0 to {hops.Count - 1}; correct the number";
        }

        return Arguments.Select(written => ProblemOf(Parsed(written), known)).FirstOrDefault(problem => problem is not null)
            ?? (Role == PtRole.Client && Profile is null ? Missing(perHop, known) : null);
    }

    /// <summary>The options that a near end needs for a far end.</summary>
    /// <param name="hops">The chain of the far end, hop nearest to Shadowsocks first.</param>
    /// <param name="arguments">The arguments that it announces, as a bridge line has them.</param>
    /// <returns>The value of <c>plugin_opts</c>: <c>chain=obfs3|obfs4;1-cert=…</c>.</returns>
    public static string Format(IReadOnlyList<string> hops, PtArguments arguments) => Sip003Options.Format(new(
        arguments.SelectMany(argument => Named(argument, hops.Count)).Prepend(new(ChainWord, string.Join('|', hops)))));

    /// <summary>The chain and the keys alone: the rest holds addresses and secrets (G5).</summary>
    public override string ToString() => $"{Role}: {Chain} {Arguments}";

    private static string? ProblemOf(PtArgument option, PtArguments all, PtRole role)
    {
        string word = option.Key;
        return word == Server && option.Value != Sip003Options.ValueOfBareKey ? "server takes no value; write it alone"
            : option.Value.Length == 0 ? $"{word}= has no value"
            : word != Bind && all.Count(other => other.Key == word) > 1 ? $"{word} stands twice; keep one of the two"
            : role == PtRole.Server && s_ofNearEnd.Contains(word) ? $"{word}= is for the side of ss-local, and server says that this is the other; leave one of them out"
            : word == ChainWord && !option.Value.Split('|').All(name => TransportName.IsValid(name.Trim()))
                ? "chain= is no chain; write names of transports with | between them, as in chain=obfs3|obfs4"
            : word == NameWord && !TransportName.IsValid(option.Value) ? "name= is no name; use letters, digits and _, and no digit first"
            : null;
    }

    private static bool TryReadWayOut(
        PtArguments options, out UpstreamProxy? proxy, out IPAddress? bindV4, out IPAddress? bindV6, [NotNullWhen(false)] out string? error)
    {
        (proxy, bindV4, bindV6, error) = (null, null, null, null);
        if (options.First(ProxyWord) is { } uri && !UpstreamProxy.TryParse(uri, out proxy, out string? wrong))
        {
            error = $"proxy=: {wrong}";
            return false;
        }

        foreach (PtArgument option in options.Where(option => option.Key == Bind))
        {
            if (!AddressText.TryParseAddress(option.Value, out IPAddress? address))
            {
                error = "bind= is no IP address; write one of this machine, without a port";
                return false;
            }

            bool isV4 = AddressText.IsIPv4(address);
            if ((isV4 ? bindV4 : bindV6) is not null)
            {
                error = "bind= stands twice for one family; keep one address for IPv4, and one for IPv6";
                return false;
            }

            (bindV4, bindV6) = isV4 ? (address, bindV6) : (bindV4, address);
        }

        return true;
    }

    /// <summary>Gives an argument the key that a bridge line has for it.</summary>
    private static bool TryName(PtArgument option, out PtArgument argument)
    {
        argument = char.IsAsciiDigit(option.Key[0]) ? option with { Key = ChainArgument.Prefix + option.Key } : option;
        return ChainArgument.TryParse(argument, out _);
    }

    /// <summary>The reverse: one argument, or one for each hop where the plain key would be read as something else.</summary>
    private static IEnumerable<PtArgument> Named(PtArgument argument, int hops) =>
        argument.Key.StartsWith(ChainArgument.Prefix, StringComparison.Ordinal)
            ? [argument with { Key = argument.Key[ChainArgument.Prefix.Length..] }]
        : Words.Contains(argument.Key) || char.IsAsciiDigit(argument.Key[0])
            ? Enumerable.Range(0, hops).Select(hop => argument with { Key = string.Create(CultureInfo.InvariantCulture, $"{hop}-{argument.Key}") })
        : [argument];

    private static ChainArgument Parsed(PtArgument written)
    {
        _ = ChainArgument.TryParse(written, out ChainArgument argument); // it was, when the options were read
        return argument;
    }

    /// <summary>The key as it stands in the options.</summary>
    private static string Written(ChainArgument argument) => argument.Hop < 0 ? argument.Key
        : string.Create(CultureInfo.InvariantCulture, $"{argument.Hop}{(argument.Onwards ? "onwards" : "")}-{argument.Key}");

    private string? ProblemOf(ChainArgument argument, KnownTransport?[] known)
    {
        int[] hops = [.. Enumerable.Range(0, known.Length).Where(hop => argument.RankOn(hop) != ChainArgument.NoRank)];
        foreach (int hop in hops)
        {
            if (known[hop] is { } transport && transport.Keys.FirstOrDefault(key => key.Name == argument.Key) is { } key)
            {
                return argument.Value.Length == 0 ? $"{Written(argument)}= has no value" : key.Form.FaultOf(Written(argument), transport.Name, argument.Value);
            }
        }

        // A transport that is not known may take any key, and so may the far end of one that is.
        bool anyKey = Role == PtRole.Server || hops.Any(hop => known[hop] is null);
        IEnumerable<string> others = anyKey ? [] : hops.SelectMany(hop => known[hop]!.KeyNames).Select(key => Written(argument with { Key = key }));
        IReadOnlyList<string> closest = ClosestWord.Find(Written(argument), argument.Hop < 0 ? [.. Words, .. others] : others);
        return closest is not [] ? $"{KeySpelling.Quote(Written(argument))} is not understood; did you mean {string.Join(" or ", closest)}?{(anyKey ? $" If it is an argument of a transport, write it with its hop: 0-{argument.Key}=VALUE" : "")}"
            : anyKey ? null
            : $"{KeySpelling.Quote(Written(argument))} is not understood; the words are {string.Join(", ", Words)}, and arguments of the chain's transports";
    }

    private static string? Missing(IReadOnlyList<PtArguments> perHop, KnownTransport?[] known)
    {
        for (int hop = 0; hop < known.Length; hop++)
        {
            foreach (KnownKey key in known[hop]?.Keys ?? [])
            {
                if (key.Required && perHop[hop].First(key.Name) is null && (key.UnlessGiven is null || perHop[hop].First(key.UnlessGiven) is null))
                {
                    string write = known.Length == 1 ? key.Name : Written(new(hop, Onwards: false, key.Name, ""));
                    return $"{write}= is missing, which {known[hop]!.Name} needs; copy plugin_opts from the file that the log of the server names, or add the word server if this is the server";
                }
            }
        }

        return null;
    }
}
