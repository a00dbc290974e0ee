using System.ComponentModel;
using System.Globalization;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Pt;

namespace Plait.Processes;

/// <summary>Explains why a program that was to listen somewhere does not, and what the reader of its side can do about it.</summary>
/// <param name="request">The start.</param>
/// <param name="limits">The limits in force.</param>
/// <param name="scrubber">For the words of the system.</param>
internal sealed class ListenerWords(ListenerRequest request, Limits limits, Scrubber scrubber)
{
    private const string AddressInUse = "address already in use"; // strerror(3) of EADDRINUSE, in any case of letters

    private SafeText Name => request.Name;

    /// <summary>The system did not start it.</summary>
    internal ProcessDown NotStarted(Win32Exception error) =>
        new StartWords(new(Name, PtRole.Client, [], request.Command), limits, scrubber).NotStarted(error);

    /// <summary>It ended before it listened.</summary>
    internal ProcessDown Ended(ChildProcess child)
    {
        SafeText words = child.Words.OfEnd;
        SafeText how = $"{Name} ended with {child.ExitText} before it listened";
        if (TriesToListenAtTheJoint(words))
        {
            return PlaysTheClient(how);
        }

        return SaysAddressInUse(words)
            ? Taken()
            : CannotListen(words)
            ?? new(ChainStage.Launch, FailureCause.Exited, words.IsEmpty ? SafeText.Of($"{how}, and said nothing") : $"{how}; it said: {words}")
            {
                Advice = words.IsEmpty ? $"run it by hand to see why: {SafeText.Own(request.Command.Program)}" : CorrectTheLine,
            };
    }

    /// <summary>Another program listens where it was to.</summary>
    internal ProcessDown Taken() => new(
        ChainStage.Launch, FailureCause.NotPermitted, $"{Name} cannot listen: another program has the port {request.Listen.Port}")
    {
        Advice = $"find and stop it: sudo ss -ltnp sport = :{request.Listen.Port}",
        PortIsTaken = true,
    };

    /// <summary>It listens at every address of this machine, where any host could use it.</summary>
    internal ProcessDown TooWide() => new(ChainStage.Negotiation, FailureCause.ArgumentWrong,
        $"{Name} listens at all addresses of this machine, where others could use it, and was told one of loopback")
    {
        Advice = $"make it listen at {{listen}}, or at {{listen-host}}, in its plugin line of the plaitrc",
        TakesAnotherConfiguration = true,
    };

    /// <summary>It listens, and not where it was to.</summary>
    internal ProcessDown Elsewhere() => new(ChainStage.Negotiation, FailureCause.ArgumentWrong,
        $"{Name} listens, and not at the address and port that it was told")
    {
        Advice = request.IsSip003 ? PluginAdvice : $"put {{listen}}, or {{listen-host}} and {{listen-port}}, where its command line takes them",
        TakesAnotherConfiguration = true,
    };

    /// <summary>It runs, and does not listen.</summary>
    /// <param name="child">It.</param>
    /// <param name="limit">How long it was waited for.</param>
    internal ProcessDown TooLate(ChildProcess child, TimeSpan limit)
    {
        SafeText words = child.Words.OfEnd;
        SafeText how = $"{Name} did not listen where it was told to within {limit.TotalSeconds:0.#} s";
        return TriesToListenAtTheJoint(words)
            ? PlaysTheClient(how)
            : CannotListen(words) ?? new(ChainStage.Negotiation, FailureCause.TimedOut, words.IsEmpty ? how : $"{how}; it said: {words}")
            {
                Advice = request.IsSip003 ? PluginAdvice : CorrectTheLine,
            };
    }

    /// <summary>What a bridge's operator can do where the system forbids the address or the port; null for another reason.</summary>
    private ProcessDown? CannotListen(SafeText words) => request.Joint is null || SaysAddressInUse(words)
        ? null
        : new ListenTrouble(Name, request.Command.Program, request.Listen).Of(words.ToString());

    private static SafeText CorrectTheLine =>
        $"correct its arguments in the plugin line of the plaitrc; if they are right, see what the program said";

    private static SafeText PluginAdvice => $"check that it is a SIP003 plugin, for this side, and its options";

    /// <summary>
    /// A plugin of a bridge listens at its remote address and connects to its local one (Q4). A plugin that plays the client does the reverse.
    /// </summary>
    private bool TriesToListenAtTheJoint(SafeText words) => request is { IsSip003: true, Joint: { } joint }
        && words.ToString() is var said && (Says(said, "listen") || Says(said, "bind"))
        && Says(said, joint.Port.ToString(CultureInfo.InvariantCulture));

    private ProcessDown PlaysTheClient(SafeText how) => new(ChainStage.Negotiation, FailureCause.ArgumentWrong,
        $"{how}: it plays the client, as it listens where it is to connect to")
    {
        Advice = $"give it the option that makes it a server, such as options=server after the word sip003, or name the server's program",
        TakesAnotherConfiguration = true,
    };

    private static bool SaysAddressInUse(SafeText words) => Says(words.ToString(), AddressInUse);

    private static bool Says(string words, string part) => words.Contains(part, StringComparison.OrdinalIgnoreCase);
}
