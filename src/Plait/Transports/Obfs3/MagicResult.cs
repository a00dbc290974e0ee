namespace Plait.Transports.Obfs3;

/// <summary>What is known of the other side's magic.</summary>
internal enum MagicResult
{
    /// <summary>It may still come.</summary>
    NotYet,

    /// <summary>It has come; payload follows.</summary>
    Found,

    /// <summary>More came before it than may (O3-8).</summary>
    TooLate,
}
