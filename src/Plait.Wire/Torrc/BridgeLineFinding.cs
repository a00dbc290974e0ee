using System.Globalization;

namespace Plait.Wire.Torrc;

/// <summary>What can be wrong with a bridge line.</summary>
public enum BridgeLineFault
{
    /// <summary>A blank that tor takes for a letter, such as U+00A0. Mended: a space stands in its place.</summary>
    ForeignBlank,

    /// <summary>A character that cannot be seen, such as U+200B. Mended: it is left out.</summary>
    Invisible,

    /// <summary>CR or another line end inside the line. Mended: a space stands in its place.</summary>
    LineBreak,

    /// <summary>Quotes around the line. Mended: they are left out.</summary>
    QuotesAround,

    /// <summary>The word <c>Bridge</c> stands twice at the start, and tor reads the second as a transport. Mended: once is enough.</summary>
    RepeatedWord,

    /// <summary>A control character.</summary>
    ControlCharacter,

    /// <summary>Bytes that are not UTF-8.</summary>
    NotUtf8,

    /// <summary>A quote inside a word: tor takes it for a part of the word (N10).</summary>
    Quote,

    /// <summary>A dash that is not <c>-</c>, as text processors write it.</summary>
    ForeignDash,

    /// <summary>A <c>#</c>, which starts a comment in torrc.</summary>
    CommentMark,

    /// <summary>The first word is neither the name of a transport (N1) nor an address.</summary>
    NameWrong,

    /// <summary>The line ends, or goes on, where the address has to stand.</summary>
    AddressMissing,

    /// <summary>A host name: tor takes IP addresses only (N15).</summary>
    HostName,

    /// <summary>An IPv6 address without brackets (N15).</summary>
    BracketsMissing,

    /// <summary>The port is not a number from 1 to 65535.</summary>
    PortWrong,

    /// <summary>What stands in the place of the address is none.</summary>
    AddressWrong,

    /// <summary>The word <c>FINGERPRINT</c> of an example.</summary>
    FingerprintPlaceholder,

    /// <summary>A word between address and arguments that is not 40 hex digits (N16).</summary>
    FingerprintWrong,

    /// <summary>A fingerprint behind an argument (N16).</summary>
    FingerprintLate,

    /// <summary>A word without <c>=</c> among the arguments (N16).</summary>
    WordWithoutKey,

    /// <summary>An argument that begins with <c>=</c> (N18).</summary>
    KeyMissing,

    /// <summary>All arguments together are longer than tor carries (N19).</summary>
    TooLong,
}

/// <summary>One thing wrong with a bridge line, and where. It repeats no word of the line (G5), only single characters that do not belong there.</summary>
/// <param name="Column">The character of the line at which it is, counted from 1. Characters that cannot be seen count too.</param>
/// <param name="Fault">What it is.</param>
/// <param name="Character">The Unicode number of the character that is wrong; 0 if it is not about one character.</param>
/// <param name="Count">
/// Of <see cref="BridgeLineFault.TooLong"/> the bytes that the arguments need, of <see cref="BridgeLineFault.FingerprintWrong"/> the
/// characters of the word; else 0.
/// </param>
public sealed record BridgeLineFinding(int Column, BridgeLineFault Fault, int Character = 0, int Count = 0)
{
    /// <summary>Whether it can be mended safely; then <see cref="BridgeLineReading.Bridge"/> is the mended bridge.</summary>
    public bool IsMended => Fault <= BridgeLineFault.RepeatedWord;

    /// <summary>What is wrong, with the column, without a full stop.</summary>
    public string What => string.Create(CultureInfo.InvariantCulture, $"column {Column}: {BridgeLineWords.WhatOf(this)}");

    /// <summary>What to do: one sentence with its full stop.</summary>
    public string Instead => BridgeLineWords.InsteadOf(Fault);

    /// <summary>Both sentences.</summary>
    public override string ToString() => $"{What}. {Instead}";
}

/// <summary>What a bridge line says, and what is wrong with it.</summary>
/// <param name="Bridge">
/// The bridge, everything mended that can be, and what is wrong left out; null if there is no address to be read.
/// </param>
/// <param name="Findings">In the order of their columns; empty if the line is as it should be.</param>
public sealed record BridgeLineReading(BridgeLine? Bridge, IReadOnlyList<BridgeLineFinding> Findings)
{
    /// <summary>Whether tor refuses the line, however it is mended.</summary>
    public bool IsRefused => Findings.Any(finding => finding.Fault >= BridgeLineFault.NameWrong);
}
