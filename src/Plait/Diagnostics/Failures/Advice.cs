using Plait.Wire.Socks;

namespace Plait.Diagnostics.Failures;

/// <summary>
/// Chooses the words for a failed connection by what is known of it: which side reads them, whether the hop's program ever dialled,
/// whether the other side ever answered, how long the hop waited, and what looks wrong in the arguments. The first rule that applies
/// counts; without one, the table's words do (<see cref="FailureWords"/>).
/// </summary>
internal static class Advice
{
    // obfs4 and scramblesuit keep a stranger for 30 s and more (O4-33). Networks and other services end a connection sooner.
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(10);

    // The clock too: the marks of obfs4 and scramblesuit hold the hour, and a bridge accepts those of an hour before and after (O4-11).
    private const string CheckTheSecret = "check the SECRET of this hop in the bridge line (KEY) or in its Profile, and this machine's date and time; if they are right, something on the way may break the connection";
    private const string CheckTheChain = "check the address in the bridge line, and that the bridge runs the same chain";

    /// <summary>The rules, in their order.</summary>
    internal static IReadOnlyList<AdviceRule> Rules { get; } =
    [
        new("client: the transport refused (SOCKS 01) before it had dialled, and something looks wrong in its arguments",
            (failure, seen) => RefusedUndialled(failure, seen) && seen.Odd.Count > 0,
            "ODD", "the transport refused its arguments without dialling", FailureCause.ArgumentWrong),
        new("client: the transport refused (SOCKS 01) before it had dialled, and nothing looks wrong",
            RefusedUndialled,
            "correct this hop's arguments in the bridge line, or in the Profile that it names",
            "the transport refused its arguments without dialling", FailureCause.ArgumentWrong),
        new("client: the transport has not answered, nor dialled",
            (failure, seen) => IsHandshake(failure, seen, FailureCause.TimedOut) && seen.Dialled == false,
            "its program may hang or be overloaded; if it stays so, restart tor"),
        new("client: the other side ended the connection after 10 s or more, without a byte; the transport has a secret",
            (failure, seen) => Ended(failure, seen) && seen is { Answered: false } && seen.Waited >= s_long && AdviceRule.SecretOf(failure) is not null,
            CheckTheSecret, "the bridge ended the connection after TIME without an answer, as it does with clients that it does not know"),
        new("client: the same, and the transport has none",
            (failure, seen) => Ended(failure, seen) && seen is { Answered: false } && seen.Waited >= s_long,
            CheckTheChain, "the bridge ended the connection after TIME without an answer"),
        new("client: the other side ended the connection sooner, without a byte, in the handshake of a hop before the wire",
            (failure, seen) => Ended(failure, seen) && failure.Stage == ChainStage.Grant && seen is { Answered: false },
            "check that the bridge runs the same chain", "the bridge ended the connection after TIME, in the handshake of this hop"),
        new("client: the transport gave up after 10 s or more without a byte from the other side; it has a secret",
            (failure, seen) => GaveUp(failure, seen) && AdviceRule.SecretOf(failure) is not null,
            CheckTheSecret, "the bridge has not answered within TIME, as it does not answer clients that it does not know", FailureCause.TimedOut),
        new("client: the same, and the transport has none",
            GaveUp,
            CheckTheChain, "the bridge has not answered within TIME", FailureCause.TimedOut),
        new("client: a transport that dials the network itself gave up after 10 s or more; it has a secret",
            (failure, seen) => IsHandshake(failure, seen, FailureCause.Refused) && seen is { Answered: null } && seen.Waited >= s_long && AdviceRule.SecretOf(failure) is not null,
            CheckTheSecret, "the transport gave up after TIME, as it does if the bridge does not know the client"),
        new("client: OpenTimeout has passed without a byte from the other side; the transport has a secret",
            (failure, seen) => IsHandshake(failure, seen, FailureCause.TimedOut) && seen is { Answered: false } && AdviceRule.SecretOf(failure) is not null,
            CheckTheSecret),
        new("client: the other side answered, and the handshake had not ended within OpenTimeout",
            (failure, seen) => AnsweredOtherwise(failure, seen) && failure.Cause == FailureCause.TimedOut,
            "check the address and the port in the bridge line, and that the bridge runs the same chain; if both are right, try again: a busy bridge answers late"),
        new("client: the other side answered, and the handshake failed all the same, at the wire",
            (failure, seen) => AnsweredOtherwise(failure, seen) && failure.Hop == seen.Hops - 1,
            "check the address and the port in the bridge line, and that the bridge runs the same chain",
            "what answered at the bridge's address is not TRANSPORT, or broke off"),
        new("client: the same, before the wire",
            AnsweredOtherwise,
            "check that the bridge runs the same chain",
            "what answered on the bridge is not TRANSPORT, or broke off"),
        new("client: a hop's handshake failed otherwise, and something looks wrong in its arguments",
            (failure, seen) => !seen.OnBridge && failure.Stage == ChainStage.Grant && failure.Cause != FailureCause.Exited && seen.Odd.Count > 0,
            "ODD"),
        new("client: a transport that ignores its target waits for a process of its own",
            (failure, seen) => seen is { OnBridge: false, IsIndirect: true, HasProgram: false } && (failure.Stage, failure.Cause) == (ChainStage.Dial, FailureCause.TimedOut),
            "use fewer bridge lines of TRANSPORT at the same time"),
        new("client: a transport that ignores its target accepted the connection and never dialled",
            (failure, seen) => seen is { OnBridge: false, IsIndirect: true } && failure is { Stage: ChainStage.Joint, Cause: FailureCause.TimedOut },
            "check this hop's arguments in the bridge line, which say what it dials"),
        new("bridge: tor reset the connection",
            (failure, seen) => seen.OnBridge && failure is { Stage: ChainStage.Relay, Cause: FailureCause.Reset, Hop: null },
            "nothing, if it is seldom; if it is frequent, look at tor's log"),
        new("bridge: a transport reset the connection",
            (failure, seen) => seen.OnBridge && failure is { Stage: ChainStage.Relay, Cause: FailureCause.Reset },
            "nothing, if it is seldom; if it is frequent, look at the log of its program"),
        new("bridge: one direction moved, and was not answered",
            (failure, seen) => seen.OnBridge && failure.Cause == FailureCause.Stalled,
            "nothing, if it is seldom; if it is frequent, look at the logs of the programs"),
    ];

    /// <summary>The failure in the words that fit.</summary>
    internal static ChainFailure For(ChainFailure failure, Circumstances seen) =>
        Rules.FirstOrDefault(rule => rule.Applies(failure, seen))?.Give(failure, seen) ?? failure;

    private static bool IsHandshake(ChainFailure failure, Circumstances seen, FailureCause cause) =>
        !seen.OnBridge && failure.Stage == ChainStage.Grant && failure.Cause == cause;

    // S15, S28: goptlib's programs parse their arguments before they dial, and say "general failure" of them.
    private static bool RefusedUndialled(ChainFailure failure, Circumstances seen) =>
        IsHandshake(failure, seen, FailureCause.Refused) && seen is { Reply: SocksReplyCode.GeneralFailure, Dialled: false };

    /// <summary>The network ended the connection, in the handshake of this hop.</summary>
    private static bool Ended(ChainFailure failure, Circumstances seen) =>
        seen is { OnBridge: false, NetworkEnded: true } && failure is { Stage: ChainStage.OutsideConnection or ChainStage.Grant, Cause: FailureCause.Reset };

    private static bool GaveUp(ChainFailure failure, Circumstances seen) =>
        IsHandshake(failure, seen, FailureCause.Refused) && seen is { Answered: false } && seen.Waited >= s_long;

    private static bool AnsweredOtherwise(ChainFailure failure, Circumstances seen) => seen is { OnBridge: false, Answered: true }
        && failure is
            { Stage: ChainStage.Grant, Cause: FailureCause.Refused or FailureCause.Reset or FailureCause.TimedOut } or
            { Stage: ChainStage.OutsideConnection, Cause: FailureCause.Reset };
}
