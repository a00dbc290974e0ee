using System.Text;

namespace Plait.Native;

internal static class SystemText
{
    internal static byte[] Encode(string text) => Encoding.UTF8.GetBytes(text);
}
