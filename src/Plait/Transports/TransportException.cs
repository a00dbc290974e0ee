using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Transports;

/// <summary>A transport inside Plait could not connect or accept. The chain reports it as the failure of that hop.</summary>
/// <param name="failure">Why, in the terms that a caller can act on.</param>
/// <param name="detail">What was seen: a part of a sentence, without a full stop.</param>
/// <param name="inner">The exception that it was seen by, or null.</param>
public sealed class TransportException(FailureCause failure, SafeText detail, Exception? inner = null) : Exception(detail.ToString(), inner)
{
    /// <summary>Why, in the terms that a caller can act on.</summary>
    public FailureCause Failure => failure;

    /// <summary>What was seen.</summary>
    public SafeText Detail => detail;

    /// <summary>What the reader can do about it: a part of a sentence, in the imperative. Null for the words that Plait has for the failure.</summary>
    public SafeText? Advice { get; init; }
}
