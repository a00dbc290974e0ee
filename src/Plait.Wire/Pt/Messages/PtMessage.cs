namespace Plait.Wire.Pt.Messages;

/// <summary>
/// One line of the managed-proxy protocol, from child to parent (pt-spec 3.3). A closed family: a line with
/// an unknown keyword is legal and becomes <see cref="UnknownMessage"/>, a known keyword with wrong contents becomes
/// <see cref="MalformedMessage"/>.
/// </summary>
public abstract record PtMessage
{
    /// <summary>
    /// Longest line of a child, in bytes. It limits the memory that a misbehaving child can use. tor has no limit (M4), and the lines of known
    /// PTs are far shorter.
    /// </summary>
    public const int MaxLineLength = 65536;

    private protected PtMessage()
    {
    }

    /// <summary>Reads a line of a child. Keywords are matched whole (M10), blanks may repeat. Never throws.</summary>
    /// <param name="line">The line without its end.</param>
    public static PtMessage Parse(string line) => PtMessageParser.Parse(line);

    /// <summary>
    /// Writes the line for our parent, without its end (M2). Texts are reduced to printable ASCII, so that no text can break the line (M47).
    /// </summary>
    /// <exception cref="NotSupportedException">An unknown or malformed line, which must never be relayed (M9).</exception>
    public abstract string Format();

    /// <summary>The kind of the message: texts of children may hold addresses (G5).</summary>
    public sealed override string ToString() => GetType().Name;
}

/// <summary><c>VERSION</c>: the version that the child speaks (M11).</summary>
/// <param name="Version">As written; Plait supports only <c>1</c>.</param>
public sealed record VersionMessage(string Version) : PtMessage
{
    /// <inheritdoc/>
    public override string Format() => $"VERSION {LineText.Word(Version)}";
}

/// <summary><c>VERSION-ERROR</c>: no common version; the child exits (M13).</summary>
/// <param name="Text">Should be <c>no-version</c>.</param>
public sealed record VersionErrorMessage(string Text) : PtMessage
{
    /// <inheritdoc/>
    public override string Format() => LineText.Join("VERSION-ERROR", Text);
}

/// <summary><c>ENV-ERROR</c>: the environment is wrong; the child exits (M14).</summary>
/// <param name="Text">For a person.</param>
public sealed record EnvErrorMessage(string Text) : PtMessage
{
    /// <inheritdoc/>
    public override string Format() => LineText.Join("ENV-ERROR", Text);
}

/// <summary><c>PROXY DONE</c>: the child will use the upstream proxy (M15).</summary>
public sealed record ProxyDoneMessage : PtMessage
{
    /// <inheritdoc/>
    public override string Format() => "PROXY DONE";
}

/// <summary><c>PROXY-ERROR</c>: the child cannot use the upstream proxy; it exits (M16).</summary>
/// <param name="Text">For a person.</param>
public sealed record ProxyErrorMessage(string Text) : PtMessage
{
    /// <inheritdoc/>
    public override string Format() => LineText.Join("PROXY-ERROR", Text);
}

/// <summary>A line with a keyword that Plait does not know, which is legal (M7, M10).</summary>
/// <param name="Keyword">
/// The first word if it has the form of a keyword (M1) and at most 64 characters; otherwise empty, because free text may hold addresses (G5).
/// </param>
public sealed record UnknownMessage(string Keyword) : PtMessage
{
    /// <summary>Always throws: an unknown keyword can abort tor (M9).</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override string Format() => throw new NotSupportedException("An unknown line must never be relayed.");
}

/// <summary>A line with a known keyword and wrong contents.</summary>
/// <param name="Keyword">The known keyword.</param>
/// <param name="Reason">What is wrong and what was expected, for a person, without values of the line.</param>
public sealed record MalformedMessage(string Keyword, string Reason) : PtMessage
{
    /// <summary>Always throws.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override string Format() => throw new NotSupportedException("A malformed line must never be relayed.");
}
