using System.Net.Sockets;
using Plait.Wire.Socks;

namespace Plait.Diagnostics;

/// <summary>What was being done when a chain failed.</summary>
public enum ChainStage
{
    /// <summary>Starting the hop's program.</summary>
    Launch,

    /// <summary>The managed-proxy conversation of its start (pt-spec 3.3).</summary>
    Negotiation,

    /// <summary>Connecting to the hop's own listener.</summary>
    Dial,

    /// <summary>Waiting for the hop to grant the connection.</summary>
    Grant,

    /// <summary>Waiting for the hop's stream at the joint behind it.</summary>
    Joint,

    /// <summary>The connection to the network, or to the upstream proxy.</summary>
    OutsideConnection,

    /// <summary>Handing the connection to tor's ORPort or Extended ORPort.</summary>
    Authentication,
}

/// <summary>Why a chain failed, in the terms a caller can act on.</summary>
public enum FailureCause
{
    /// <summary>There is no such program.</summary>
    ProgramMissing,

    /// <summary>The system, or a rule of Plait, does not permit it.</summary>
    NotPermitted,

    /// <summary>The program ended.</summary>
    Exited,

    /// <summary>Nothing came within the limit.</summary>
    TimedOut,

    /// <summary>The other side refused the connection.</summary>
    Refused,

    /// <summary>There is no way to the other side.</summary>
    Unreachable,

    /// <summary>An argument is missing or wrong; a retry cannot help.</summary>
    ArgumentWrong,

    /// <summary>The other side said something its protocol does not allow.</summary>
    ProtocolViolated,

    /// <summary>The upstream proxy refused, or cannot be used by this hop.</summary>
    ProxyRefused,

    /// <summary>The program dialled something that nobody asked it for.</summary>
    LeakRefused,

    /// <summary>The other side reset or closed the connection.</summary>
    Reset,

    /// <summary>A limit of the configuration is reached.</summary>
    LimitReached,

    /// <summary>Whoever asked went away, or Plait is stopping.</summary>
    Canceled,
}

/// <summary>One failure of one chain: hop, stage and cause (G4), with a sentence for a person.</summary>
/// <param name="Chain">The chain's alias, as tor knows it.</param>
/// <param name="Hop">Index of the hop, 0 nearest to tor; null where no single hop is at fault.</param>
/// <param name="Transport">The hop's transport, or null.</param>
/// <param name="Stage">What was being done.</param>
/// <param name="Cause">Why it failed.</param>
/// <param name="Detail">What happened and what to do, without addresses or arguments (G5).</param>
public sealed record ChainFailure(
    string Chain, int? Hop, string? Transport, ChainStage Stage, FailureCause Cause, string Detail)
{
    /// <summary>"obfs3_obfs4: hop 1 (obfs4), grant: refused: …".</summary>
    public override string ToString()
    {
        string where = Hop is { } hop ? $"hop {hop} ({Transport}), " : "";
        return $"{Chain}: {where}{FailureWords.Of(Stage)}: {FailureWords.Of(Cause)}: {Detail}";
    }
}

/// <summary>A chain could not be started or opened.</summary>
/// <param name="failure">Which hop, at which stage, and why.</param>
/// <param name="cause">The exception behind it, if any.</param>
public sealed class ChainException(ChainFailure failure, Exception? cause = null) : Exception(failure.ToString(), cause)
{
    /// <summary>Which hop, at which stage, and why.</summary>
    public ChainFailure Failure => failure;
}

/// <summary>The one table that maps stages and causes outward.</summary>
internal static class FailureWords
{
    internal static string Of(ChainStage stage) => stage switch
    {
        ChainStage.Launch => "launch",
        ChainStage.Negotiation => "negotiation",
        ChainStage.Dial => "dial",
        ChainStage.Grant => "grant",
        ChainStage.Joint => "joint",
        ChainStage.OutsideConnection => "outside connection",
        _ => "authentication towards tor",
    };

    internal static string Of(FailureCause cause) => cause switch
    {
        FailureCause.ProgramMissing => "program missing",
        FailureCause.NotPermitted => "not permitted",
        FailureCause.Exited => "exited",
        FailureCause.TimedOut => "timed out",
        FailureCause.Refused => "refused",
        FailureCause.Unreachable => "unreachable",
        FailureCause.ArgumentWrong => "argument wrong",
        FailureCause.ProtocolViolated => "protocol violated",
        FailureCause.ProxyRefused => "proxy refused",
        FailureCause.LeakRefused => "leak refused",
        FailureCause.Reset => "reset",
        FailureCause.LimitReached => "limit reached",
        _ => "canceled",
    };

    /// <summary>
    /// The SOCKS reply for tor (S17). Arti never comes back after codes other than 01, 03, 04, 05 and 06 (S18), so the
    /// others are for what cannot pass by itself.
    /// </summary>
    internal static SocksReplyCode ReplyOf(FailureCause cause) => cause switch
    {
        FailureCause.Refused => SocksReplyCode.ConnectionRefused,
        FailureCause.Unreachable => SocksReplyCode.HostUnreachable,
        FailureCause.TimedOut => SocksReplyCode.TtlExpired,
        FailureCause.LeakRefused or FailureCause.ArgumentWrong => SocksReplyCode.NotAllowed,
        _ => SocksReplyCode.GeneralFailure,
    };

    /// <summary>The cause behind a SOCKS reply of a child or of an upstream proxy.</summary>
    internal static FailureCause CauseOf(SocksReplyCode? reply) => reply switch
    {
        SocksReplyCode.NotAllowed => FailureCause.NotPermitted,
        SocksReplyCode.NetworkUnreachable or SocksReplyCode.HostUnreachable => FailureCause.Unreachable,
        SocksReplyCode.TtlExpired => FailureCause.TimedOut,
        SocksReplyCode.CommandNotSupported or SocksReplyCode.AddressTypeNotSupported => FailureCause.ProtocolViolated,
        null => FailureCause.ProtocolViolated,
        _ => FailureCause.Refused,
    };

    /// <summary>The cause behind a failed connect.</summary>
    internal static FailureCause CauseOf(SocketException error) => error.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => FailureCause.Refused,
        SocketError.TimedOut => FailureCause.TimedOut,
        SocketError.AccessDenied or SocketError.AddressAlreadyInUse => FailureCause.NotPermitted,
        SocketError.ConnectionReset or SocketError.ConnectionAborted => FailureCause.Reset,
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable => FailureCause.LimitReached,
        _ => FailureCause.Unreachable,
    };
}
