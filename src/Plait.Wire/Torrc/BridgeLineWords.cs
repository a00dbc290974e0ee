using System.Globalization;
using System.Text;
using Plait.Wire.Hints;

namespace Plait.Wire.Torrc;

/// <summary>The messages of <see cref="BridgeLineFinding"/>.</summary>
internal static class BridgeLineWords
{
    internal static string WhatOf(BridgeLineFinding finding) => finding.Fault switch
    {
        BridgeLineFault.ForeignBlank => $"{Name(finding.Character)}, which tor does not read as a blank",
        BridgeLineFault.Invisible => $"{Name(finding.Character)}, which cannot be seen",
        BridgeLineFault.LineBreak => $"{Name(finding.Character)}: a line end inside the line",
        BridgeLineFault.QuotesAround => "the line is in quotes",
        BridgeLineFault.RepeatedWord => "the word Bridge stands twice, and tor reads the second as a transport",
        BridgeLineFault.ControlCharacter => $"{Name(finding.Character)}, a control character",
        BridgeLineFault.NotUtf8 => "bytes that are not UTF-8",
        BridgeLineFault.Quote => $"{Name(finding.Character)}: tor reads a quote as part of the word",
        BridgeLineFault.ForeignDash => $"{Name(finding.Character)}, which is not the dash of the keyboard",
        BridgeLineFault.CommentMark => "a # starts a comment in torrc, and tor does not read what stands after it",
        BridgeLineFault.NameWrong => "this is neither an address nor the name of a transport",
        BridgeLineFault.AddressMissing => "the bridge's address is missing",
        BridgeLineFault.HostName => "a host name is in the place of the address, and tor takes IP addresses only",
        BridgeLineFault.BracketsMissing => "an IPv6 address has no brackets",
        BridgeLineFault.PortWrong => "the port is not a number from 1 to 65535",
        BridgeLineFault.AddressWrong => "this is not an IP address",
        BridgeLineFault.FingerprintPlaceholder => "the word FINGERPRINT of an example is still there",
        BridgeLineFault.FingerprintWrong => string.Create(
            CultureInfo.InvariantCulture,
            $"a fingerprint is {BridgeLineReader.FingerprintLength} hex digits, and this word of {finding.Count} is not"),
        BridgeLineFault.FingerprintLate => "the fingerprint comes after an argument, where tor refuses it",
        BridgeLineFault.WordWithoutKey => "a word among the arguments has no =",
        BridgeLineFault.KeyMissing => "an argument has no key before its =",
        _ => string.Create(
            CultureInfo.InvariantCulture, $"the arguments need {finding.Count} bytes, and tor carries {BridgeLine.MaxArgumentLength}"),
    };

    internal static string InsteadOf(BridgeLineFault fault) => fault switch
    {
        BridgeLineFault.ForeignBlank => "Write a space.",
        BridgeLineFault.LineBreak => "Write the whole line as one.",
        BridgeLineFault.Invisible or BridgeLineFault.ControlCharacter => "Remove it: type the word again instead of copying it.",
        BridgeLineFault.QuotesAround or BridgeLineFault.Quote => "Remove the quotes.",
        BridgeLineFault.RepeatedWord => "Write it once.",
        BridgeLineFault.NotUtf8 => "Type the word again, or save the file as UTF-8.",
        BridgeLineFault.ForeignDash => "Write -.",
        BridgeLineFault.CommentMark => "Write the line without it.",
        BridgeLineFault.NameWrong => "A name has letters, digits and _, and no digit first.",
        BridgeLineFault.AddressMissing => "Write Bridge NAME ADDRESS:PORT FINGERPRINT KEY=VALUE...",
        BridgeLineFault.HostName or BridgeLineFault.AddressWrong => "Write an IP address and a port: 192.0.2.3:443 or [2001:db8::3]:443.",
        BridgeLineFault.BracketsMissing => "Put the address in brackets, as in [2001:db8::3]:443.",
        BridgeLineFault.PortWrong => "Correct the port.",
        BridgeLineFault.FingerprintPlaceholder => "Write the fingerprint of the bridge, or leave the word out.",
        BridgeLineFault.FingerprintWrong => "Copy the fingerprint again, without blanks, or leave it out.",
        BridgeLineFault.FingerprintLate => "Put the fingerprint directly after the address.",
        BridgeLineFault.WordWithoutKey => "If a blank or a line end has cut an argument in two, join it; else remove the word.",
        BridgeLineFault.KeyMissing => "Write KEY=VALUE.",
        _ => "Move some arguments to a Profile of the plaitrc, and name it with x-chain-profile=NAME.",
    };

    private static string Name(int character) => CharacterName.Of(new Rune(character));
}
