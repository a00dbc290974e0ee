using System.Globalization;

namespace Plait.Wire.Torrc;

/// <summary>The mistakes that are found in bridge lines.</summary>
public enum BridgeLineFault
{
    /// <summary>A blank that tor reads as part of a word, such as U+00A0. Corrected to a space.</summary>
    ForeignBlank,

    /// <summary>A character that cannot be seen, such as U+200B. Corrected by removal.</summary>
    Invisible,

    /// <summary>CR or another line end inside the line. Corrected to a space.</summary>
    LineBreak,

    /// <summary>Quotes around the line. Corrected by removal.</summary>
    QuotesAround,

    /// <summary>The word <c>Bridge</c> stands twice at the start, and tor reads the second as a transport. Corrected by removal of one.</summary>
    RepeatedWord,

    /// <summary>A control character.</summary>
    ControlCharacter,

    /// <summary>Bytes that are not UTF-8.</summary>
    NotUtf8,

    /// <summary>A quote inside a word: tor reads it as part of the word (N10).</summary>
    Quote,

    /// <summary>A dash other than <c>-</c>, as text processors write it.</summary>
    ForeignDash,

    /// <summary>A <c>#</c>, which starts a comment in torrc.</summary>
    CommentMark,

    /// <summary>The first word is neither the name of a transport (N1) nor an address.</summary>
    NameWrong,

    /// <summary>The line has no address: it ends before it, or an argument stands in its place.</summary>
    AddressMissing,

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

/// <summary>One mistake in a bridge line. It quotes no word of the line (G5), only single characters that do not belong there.</summary>
/// <param name="Column">Its position in characters, counted from 1. Characters that cannot be seen count too.</param>
/// <param name="Fault">The kind of mistake.</param>
/// <param name="Character">The code point of the wrong character; 0 if the mistake is not a single character.</param>
/// <param name="Count">
/// For <see cref="BridgeLineFault.TooLong"/> the bytes that the arguments need; for <see cref="BridgeLineFault.FingerprintWrong"/> the number of
/// characters in the word; otherwise 0.
/// </param>
public sealed record BridgeLineFinding(int Column, BridgeLineFault Fault, int Character = 0, int Count = 0)
{
    /// <summary>Whether the reader corrects the mistake. <see cref="BridgeLineReading.Bridge"/> is then the corrected bridge.</summary>
    public bool IsCorrected => Fault <= BridgeLineFault.RepeatedWord;

    /// <summary>The mistake with its column: a clause without a full stop.</summary>
    public string What => string.Create(CultureInfo.InvariantCulture, $"column {Column}: {BridgeLineWords.WhatOf(this)}");

    /// <summary>The correction: one sentence with its full stop.</summary>
    public string Instead => BridgeLineWords.InsteadOf(Fault);

    /// <summary>The mistake and the correction.</summary>
    public override string ToString() => $"{What}. {Instead}";
}

/// <summary>The bridge of a line, and the mistakes in the line.</summary>
/// <param name="Bridge">
/// The bridge after all safe corrections, without the wrong parts; null if the line has no readable address.
/// </param>
/// <param name="Findings">The mistakes in the order of their columns.</param>
public sealed record BridgeLineReading(BridgeLine? Bridge, IReadOnlyList<BridgeLineFinding> Findings)
{
    /// <summary>Whether tor rejects the line even after all safe corrections.</summary>
    public bool IsRefused => Findings.Any(finding => finding.Fault >= BridgeLineFault.NameWrong);
}
