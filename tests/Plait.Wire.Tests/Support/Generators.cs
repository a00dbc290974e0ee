using FsCheck;
using FsCheck.Fluent;

namespace Plait.Wire.Tests.Support;

/// <summary>Values made to hit the special characters often.</summary>
internal static class Generators
{
    /// <summary>Every character with a meaning somewhere, and some without.</summary>
    internal static readonly Gen<string> Text = Of("\\\\\\;;==,:ab \"'é𝄞\0\n\t-{}");

    internal static readonly Gen<string> NonEmptyText = Text.Where(text => text.Length > 0);

    /// <summary>What can stand as a value in a line of tor's: printable ASCII without blanks.</summary>
    internal static readonly Gen<string> Word = Of("\\\\;==,:abc\"'-{}/+");

    internal static readonly Gen<string> Name = Gen.Elements("a", "obfs4", "_", "__init__", "obfs3_websocket", "Z9");

    internal static readonly Gen<PtArguments> Arguments = ArgumentsOf(NonEmptyText, Text);

    internal static readonly Gen<PtArguments> WordArguments = ArgumentsOf(Word.Where(word => word.Length > 0), Word);

    internal static readonly Gen<IPEndPoint> EndPoint =
        from length in Gen.Elements(4, 16)
        from bytes in Gen.Choose(0, 3).SelectMany(kind => Gen.Choose(0, kind == 0 ? 0 : 255)).ArrayOf(length)
        from port in Gen.Choose(0, 65535)
        select new IPEndPoint(new IPAddress(bytes.Select(b => (byte)b).ToArray()), port);

    internal static readonly Gen<IPEndPoint> UsableEndPoint = EndPoint.Where(endPoint => endPoint.Port != 0);

    internal static readonly Gen<byte[]> Bytes = Gen.OneOf(
        Gen.Choose(0, 255).Select(number => (byte)number).ArrayOf(),
        Gen.Elements(0, 1, 2, 3, 4, 5, 8, 16, 32, 255).Select(number => (byte)number).ArrayOf());

    internal static Gen<PtArguments> ArgumentsOf(Gen<string> key, Gen<string> value)
    {
        Gen<PtArgument> argument = from k in key from v in value select new PtArgument(k, v);
        return argument.ArrayOf().Select(list => new PtArguments(list));
    }

    /// <summary>Whether the property holds for many values; fails with the smallest that breaks it.</summary>
    internal static void ForAll<T>(Gen<T> gen, Func<T, bool> holds) =>
        Prop.ForAll(gen.ToArbitrary(), holds).QuickCheckThrowOnFailure();

    private static Gen<string> Of(string letters)
    {
        string[] elements = [.. letters.EnumerateRunes().Select(rune => rune.ToString())];
        return Gen.Elements(elements).ArrayOf().Select(parts => string.Concat(parts));
    }
}
