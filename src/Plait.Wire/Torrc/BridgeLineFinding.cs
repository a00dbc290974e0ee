using System.Globalization;
using Plait.Wire.Arguments;
using Plait.Wire.Hints;

namespace Plait.Wire.Torrc;

/// <summary>The mistakes that are found in bridge lines.</summary>
public enum BridgeLineFault
{
    /// <summary>A blank that tor reads as part of a word, such as U+00A0.</summary>
    ForeignBlank,

    /// <summary>A character that cannot be seen, such as U+200B.</summary>
    Invisible,

    /// <summary>CR or another line end inside the line.</summary>
    LineBreak,

    /// <summary>A letter or digit in another form, such as U+FF11 or U+0661, which looks like one of ASCII.</summary>
    ForeignForm,

    /// <summary>A character of HTML written by its name or number, such as <c>&amp;amp;</c>.</summary>
    HtmlEntity,

    /// <summary>Characters written as in a URL, such as <c>%3D</c>.</summary>
    UrlEncoded,

    /// <summary>Quotes around the line.</summary>
    QuotesAround,

    /// <summary>The mark of a list, of a table or of quoted mail before or after the line.</summary>
    ListMark,

    /// <summary>Markdown or HTML around the line or a word.</summary>
    Markup,

    /// <summary>The word <c>Bridge</c> stands twice at the start, and tor reads the second as a transport.</summary>
    RepeatedWord,

    /// <summary>A colon or = after the word <c>Bridge</c>.</summary>
    KeywordMark,

    /// <summary>A comment after the line.</summary>
    Comment,

    /// <summary>The name of the transport in upper case (N4).</summary>
    NameCase,

    /// <summary>A chain written with <c>|</c>, which no name can have (N3).</summary>
    NameOfChain,

    /// <summary>A comma, a full stop or the like after a word.</summary>
    Punctuation,

    /// <summary>The line is written as a URL: <c>obfs4://192.0.2.3:443</c>.</summary>
    Scheme,

    /// <summary>A blank between address and port.</summary>
    PortApart,

    /// <summary>Brackets around an IPv4 address.</summary>
    BracketsNeedless,

    /// <summary>A fingerprint with blanks, <c>$</c> or a nickname.</summary>
    FingerprintForm,

    /// <summary>A blank or a line end inside a value.</summary>
    ValueCut,

    /// <summary>A blank beside the <c>=</c> of an argument.</summary>
    EqualsApart,

    /// <summary>A colon in the place of the <c>=</c> of an argument.</summary>
    EqualsMissing,

    /// <summary>Two arguments without a blank between them.</summary>
    ArgumentsJoined,

    /// <summary>A key in another case, with <c>_</c>, or with characters around it.</summary>
    KeyForm,

    /// <summary>Padding that the transport leaves out.</summary>
    Padding,

    /// <summary>An argument that stands twice.</summary>
    DuplicateKey,

    /// <summary>An argument for a hop whose transport does not take it.</summary>
    WrongHop,

    /// <summary>A control character.</summary>
    ControlCharacter,

    /// <summary>Bytes that are not UTF-8.</summary>
    NotUtf8,

    /// <summary>A quote inside a word: tor reads it as part of the word (N10).</summary>
    Quote,

    /// <summary>A dash other than <c>-</c>, as text processors write it.</summary>
    ForeignDash,

    /// <summary>A <c>#</c> inside a word: it starts a comment in torrc.</summary>
    CommentMark,

    /// <summary>An argument looks wrong to <see cref="Hints.ArgumentReview"/>, or fits no hop of the chain.</summary>
    Argument,

    /// <summary>Arguments of a transport, and no transport.</summary>
    TransportMissing,

    /// <summary>The name resembles that of a known transport.</summary>
    NameUnknown,

    /// <summary>The next line of a text looks like a part of the line.</summary>
    GoesOn,

    /// <summary>The address stands for all addresses of a machine.</summary>
    AddressOfNone,

    /// <summary>The brackets of an IPv6 address without a port may hold the port.</summary>
    PortInBrackets,

    /// <summary>The first word is neither the name of a transport (N1) nor an address.</summary>
    NameWrong,

    /// <summary>The line has more mistakes than are mended.</summary>
    TooMany,

    /// <summary>The line is longer than any bridge line, and is not read.</summary>
    LineTooLong,

    /// <summary>The line begins with <c>#</c>.</summary>
    CommentedOut,

    /// <summary>The line has no address: it ends before it, or an argument stands in its place.</summary>
    AddressMissing,

    /// <summary>The words <c>&lt;IP ADDRESS&gt;:&lt;PORT&gt;</c> from a bridge's file.</summary>
    AddressPlaceholder,

    /// <summary>A host name: tor takes IP addresses only (N15).</summary>
    HostName,

    /// <summary>An IPv6 address without brackets (N15).</summary>
    BracketsMissing,

    /// <summary>The port is not a number from 1 to 65535.</summary>
    PortWrong,

    /// <summary>The word in the place of the address is not an address.</summary>
    AddressWrong,

    /// <summary>The word <c>FINGERPRINT</c> from an example.</summary>
    FingerprintPlaceholder,

    /// <summary>A word between address and arguments that is not 40 hex digits (N16).</summary>
    FingerprintWrong,

    /// <summary>A fingerprint after an argument (N16).</summary>
    FingerprintLate,

    /// <summary>A word without <c>=</c> among the arguments (N16).</summary>
    WordWithoutKey,

    /// <summary>An argument that begins with <c>=</c> (N18).</summary>
    KeyMissing,

    /// <summary>All arguments together are longer than tor allows (N19).</summary>
    TooLong,
}

/// <summary>One mistake in a bridge line. It quotes no word of the line (G5), only single characters and keys.</summary>
/// <param name="Column">Its position in characters, counted from 1. Characters that cannot be seen count too.</param>
/// <param name="Fault">The kind of mistake.</param>
/// <param name="Character">The code point of the wrong character; 0 if the mistake is not a single character.</param>
/// <param name="Count">
/// For <see cref="BridgeLineFault.TooLong"/> the bytes that the arguments need; for <see cref="BridgeLineFault.FingerprintWrong"/> the number of
/// characters in the word; otherwise 0.
/// </param>
public sealed record BridgeLineFinding(int Column, BridgeLineFault Fault, int Character = 0, int Count = 0)
{
    /// <summary>
    /// Whether the reader corrects the mistake: the corrected form is the only one that the line can mean, and no value changes.
    /// <see cref="BridgeLineReading.Bridge"/> is then the corrected bridge.
    /// </summary>
    public bool IsCorrected { get; init; }

    /// <summary>What is wrong, and for <see cref="BridgeLineFault.Argument"/> what to write: in other words than those of the fault. Null for those.</summary>
    public string? Text { get; init; }

    /// <summary>The mistake with its column: a clause without a full stop.</summary>
    public string What => string.Create(CultureInfo.InvariantCulture, $"column {Column}: {Text ?? BridgeLineWords.WhatOf(this)}");

    /// <summary>The correction: one sentence with its full stop; empty if <see cref="What"/> has it.</summary>
    public string Instead => Text is null ? BridgeLineWords.InsteadOf(Fault) : "";

    /// <summary>The mistake and the correction.</summary>
    public override string ToString() => $"{What}{(What is [.., '.' or '?'] ? "" : ".")} {Instead}".TrimEnd();
}

/// <summary>What the reader made of a bridge line.</summary>
public enum BridgeLineVerdict
{
    /// <summary>Nothing is wrong with it.</summary>
    Good,

    /// <summary>All mistakes are corrected.</summary>
    Mended,

    /// <summary>Some mistake is left for a person.</summary>
    Bad,
}

/// <summary>The chain of a bridge line, as the reader of the line has it.</summary>
/// <param name="Transports">Its transports, hop 0 first.</param>
/// <param name="Arguments">The arguments that the chain gets: those of the line, and those of a profile. Null if there is no such profile.</param>
public sealed record BridgeLineChain(IReadOnlyList<string> Transports, PtArguments? Arguments)
{
    /// <summary>The transports, without arguments (G5).</summary>
    public override string ToString() => string.Join('|', Transports);

    /// <summary>The chain of a name that is made of names of <see cref="KnownTransports"/>; null for others.</summary>
    /// <param name="name">The name, as in a bridge line.</param>
    /// <param name="arguments">The arguments of the line.</param>
    public static BridgeLineChain? Known(string name, PtArguments arguments) =>
        KnownTransports.ChainOf(name) is { } transports ? new(transports, arguments) : null;
}

/// <summary>The bridge of a line, and the mistakes in the line.</summary>
/// <param name="Bridge">
/// The bridge after all corrections, without the wrong parts; null if the line has no readable address.
/// </param>
/// <param name="Findings">The mistakes in the order of their columns.</param>
/// <param name="Chain">The chain that the line names; null if it is not known.</param>
public sealed record BridgeLineReading(BridgeLine? Bridge, IReadOnlyList<BridgeLineFinding> Findings, BridgeLineChain? Chain = null)
{
    /// <summary>Whether tor rejects the line even after all corrections.</summary>
    public bool IsRefused => Findings.Any(finding => !finding.IsCorrected && finding.Fault >= BridgeLineFault.NameWrong);

    /// <summary>Whether it can be used as it is, after the corrections, or not.</summary>
    public BridgeLineVerdict Verdict => Bridge is null || Findings.Any(finding => !finding.IsCorrected) ? BridgeLineVerdict.Bad
        : Findings.Count > 0 ? BridgeLineVerdict.Mended
        : BridgeLineVerdict.Good;

    /// <summary>
    /// The line with all corrections, without blanks around it: as it was written if nothing is wrong. Null if a mistake is left. A secret (G5).
    /// </summary>
    public string? Mended { get; init; }

    /// <summary>The verdict: what it holds are secrets (G5).</summary>
    public override string ToString() => $"bridge line: {Verdict}";
}
