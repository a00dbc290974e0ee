using System.Runtime.Intrinsics.X86;

namespace Plait.Transports.Obfs3;

/// <summary>A way to get the upper half of the product of two limbs. A type, so that each is compiled into the loops without a branch.</summary>
internal interface IHighMultiplication
{
    /// <summary>The upper 64 bits of a product.</summary>
    static abstract ulong High(ulong one, ulong other);
}

/// <summary>By mulx, of the processors that have BMI2.</summary>
internal readonly struct ByBmi2 : IHighMultiplication
{
    public static ulong High(ulong one, ulong other) => Bmi2.X64.MultiplyNoFlags(one, other);
}

/// <summary>By what the runtime has for every processor.</summary>
internal readonly struct Portable : IHighMultiplication
{
    public static ulong High(ulong one, ulong other) => Math.BigMul(one, other, out _);
}
