using System.Runtime.InteropServices;

namespace Plait.Native;

/// <summary>Strings as C has them: pointers, the last of which is null. Texts of the system need not be UTF-8.</summary>
internal sealed unsafe class StringBlock : IDisposable
{
    private readonly List<nint> _strings;

    internal StringBlock(IEnumerable<string> texts)
    {
        _strings = [.. texts.Select(Copy)];
        Pointers = (byte**)NativeMemory.Alloc((nuint)_strings.Count + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < _strings.Count; i++)
        {
            Pointers[i] = (byte*)_strings[i];
        }

        Pointers[_strings.Count] = null;
    }

    internal byte** Pointers { get; }

    public void Dispose()
    {
        _strings.ForEach(text => NativeMemory.Free((void*)text));
        NativeMemory.Free(Pointers);
    }

    private static nint Copy(string text)
    {
        byte[] bytes = SystemText.Encode(text);
        byte* copy = (byte*)NativeMemory.Alloc((nuint)bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        copy[bytes.Length] = 0;
        return (nint)copy;
    }
}
